package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.pin.VolatileBlocks;

/// What of an allocator may be in use when it is to be closed, and must not be: arenas and groups of arenas, and pinned blocks.
record Handles(OpenArenas openArenas, VolatileBlocks volatileBlocks, Caches caches) {

    /// Lets nobody open an arena or pin a block any more, unless somebody has.
    ///
    /// @throws IllegalStateException if somebody has; nothing has changed then
    void close() {
        boolean done = false;
        try {
            checkNone(openArenas.beginClose(), "arenas or groups of the allocator are open");
            checkNone(volatileBlocks.beginClose(), "volatile blocks of the allocator are pinned");
            checkNone(closeCaches(), "arenas of the allocator are open");
            done = true;
        } finally {
            openArenas.endClose(done);
        }
    }

    private static void checkNone(long count, String what) {
        if (count > 0) {
            throw new IllegalStateException(count + " " + what);
        }
    }

    private long closeCaches() {
        long open = -1;
        try {
            open = caches.close();
            return open;
        } finally {
            volatileBlocks.endClose(open == 0);
        }
    }
}
