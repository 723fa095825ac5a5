package io.offheap.allocator.cache;

import io.offheap.allocator.size.SlotClasses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What all caches of one allocator hold.
///
/// @param caches          how many there are
/// @param cachedSlots     free slots, by slot class
/// @param volatileBytes   bytes of page runs whose memory is there
/// @param purgedBytes     bytes of page runs whose memory was purged under the cache
/// @param volatileReuses  how often a run was taken back with its memory, since the start
/// @param reusedBytes     bytes of those runs
/// @param cachedSlotBytes bytes of the free slots
public record CacheStats(int caches, List<Long> cachedSlots, long volatileBytes, long purgedBytes,
        long volatileReuses, long reusedBytes, long cachedSlotBytes) {

    /// {@return this with free slots that are kept elsewhere}
    ///
    /// @param more how many, by slot class
    public CacheStats plusSlots(long[] more, SlotClasses classes) {
        final var slots = new ArrayList<Long>(cachedSlots);
        long bytes = cachedSlotBytes;
        for (int slotClass = 0; slotClass < more.length; slotClass++) {
            slots.set(slotClass, slots.get(slotClass) + more[slotClass]);
            bytes += more[slotClass] * classes.sizeOf(slotClass);
        }
        return new CacheStats(caches, slots, volatileBytes, purgedBytes, volatileReuses, reusedBytes, bytes);
    }

    /// The record while it is added up.
    static final class Sum {
        int caches;
        final long[] cachedSlots;
        long volatileBytes;
        long purgedBytes;
        long volatileReuses;
        long reusedBytes;

        Sum(int slotClasses) {
            cachedSlots = new long[slotClasses];
        }

        CacheStats total(SlotClasses classes) {
            long bytes = 0;
            for (int slotClass = 0; slotClass < cachedSlots.length; slotClass++) {
                bytes += cachedSlots[slotClass] * classes.sizeOf(slotClass);
            }
            return new CacheStats(caches, Arrays.stream(cachedSlots).boxed().toList(), volatileBytes, purgedBytes,
                    volatileReuses, reusedBytes, bytes);
        }
    }
}
