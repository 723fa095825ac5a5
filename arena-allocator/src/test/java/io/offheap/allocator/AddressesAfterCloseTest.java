package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// What closed allocators keep of the address space.
class AddressesAfterCloseTest {

    private static final long MIB = 1L << 20;
    private static final int ALLOCATORS = 150;
    private static final int MOST_COLLECTIONS = 1_000;

    /// A region is four times as large, and its shadow 3/16 of that.
    private static final long LIMIT = 256 * MIB;
    private static final long SHADOW = 4 * LIMIT * 3 / 16;

    /// Counts what is reserved.
    private static final class Counted extends DelegatingMemory {
        private final AtomicLong reserved = new AtomicLong();

        Counted(SystemMemory os) {
            super(os);
        }

        @Override
        public long reserve(long size) {
            final long address = super.reserve(size);
            reserved.addAndGet(size);
            return address;
        }

        @Override
        public void release(long address, long size) {
            super.release(address, size);
            reserved.addAndGet(-size);
        }
    }

    private final Counted os = new Counted(Platform.memory());

    /// {@return the address of a block that was live when the allocator was closed}
    private long useAndClose() {
        final var options = OffHeapAllocator.builder().hardLimit(LIMIT).options();
        try (var allocator = new OffHeapAllocator(options, os, Ticker.SYSTEM, true)) {
            allocator.freeAddress(allocator.allocateAddress(100));
            allocator.allocateDirect(10_000);
            try (var arena = allocator.ofConfined()) {
                arena.allocate(100);
            }
            final long live = allocator.allocateAddress(MIB);
            RawMemory.putLong(live, live);
            return live;
        }
    }

    @Test
    void pageMapsAndShadowsGoWithTheirAllocators() {
        final var live = new long[ALLOCATORS];
        for (int i = 0; i < ALLOCATORS; i++) {
            live[i] = useAndClose();
        }
        for (int i = 0; i < MOST_COLLECTIONS && os.reserved.get() > ALLOCATORS * SHADOW / 10; i++) {
            System.gc();
            useAndClose();
        }
        assertTrue(os.reserved.get() <= ALLOCATORS * SHADOW / 10, () -> os.reserved.get() + " bytes reserved");
        for (final long address : live) {
            assertEquals(0, RawMemory.getLong(address));
        }
    }
}
