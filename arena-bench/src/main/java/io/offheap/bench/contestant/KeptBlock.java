package io.offheap.bench.contestant;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.util.stream.Stream;

/// `kept-block`: no allocator, but a block of its own for each slot, which is never given back. What a workload reaches on
/// this machine at most, by whatever allocator: nothing is looked for, nothing is kept in order, and every page is there.
final class KeptBlock implements Contestant {

    private final Arena arena = Arena.ofShared();

    @Override
    public BlockSlot newSlot() {
        return new Slot(arena);
    }

    @Override
    public BlockTable newTable(int blocks) {
        return new Table(Stream.generate(() -> new Slot(arena)).limit(blocks).toArray(Slot[]::new));
    }

    @Override
    public Pair newPair() {
        return new SlotPair(new Slot(arena));
    }

    @Override
    public void close() {
        arena.close();
    }

    private static final class Slot implements BlockSlot {
        private final Arena arena;
        private long address;
        private long capacity;

        Slot(Arena arena) {
            this.arena = arena;
        }

        @Override
        public long allocate(long sizeBytes) {
            if (sizeBytes > capacity) {
                address = arena.allocate(sizeBytes, Long.BYTES).address();
                capacity = sizeBytes;
            }
            return address;
        }

        @Override
        public void free() {
            // kept
        }
    }

    private record Table(Slot[] slots) implements BlockTable {

        @Override
        public long allocate(int index, long sizeBytes) {
            return slots[index].allocate(sizeBytes);
        }

        @Override
        public long address(int index) {
            return slots[index].address;
        }

        @Override
        public void free(int index) {
            slots[index].free();
        }
    }

    private record SlotPair(Slot slot) implements Pair {

        @Override
        public long touch(long sizeBytes) {
            final long address = slot.allocate(sizeBytes);
            RawMemory.putByte(address, (byte) 1);
            return address;
        }

        @Override
        public long write(long sizeBytes) {
            final long address = slot.allocate(sizeBytes);
            RawMemory.segment(address, sizeBytes).fill((byte) 1);
            return address;
        }
    }
}
