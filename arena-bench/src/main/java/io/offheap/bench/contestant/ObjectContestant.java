package io.offheap.bench.contestant;

import io.offheap.memory.os.RawMemory;

/// A contestant whose blocks are Java objects: segments, arenas, buffers.
///
/// @param <B> what stands for a block and is needed to free it
abstract class ObjectContestant<B> implements Contestant {

    /// {@return a new block}
    abstract B allocate(long sizeBytes);

    /// {@return the address of a block}
    abstract long address(B block);

    /// Frees a block, or drops it where the garbage collector frees it.
    abstract void free(B block);

    @Override
    public BlockSlot newSlot() {
        return new Slot<>(this);
    }

    @Override
    public BlockTable newTable(int blocks) {
        return new Table<>(this, blocks);
    }

    @Override
    public Pair newPair() {
        return new LocalPair<>(this);
    }

    private static final class Slot<B> implements BlockSlot {
        private final ObjectContestant<B> contestant;
        private B block;

        Slot(ObjectContestant<B> contestant) {
            this.contestant = contestant;
        }

        @Override
        public long allocate(long sizeBytes) {
            block = contestant.allocate(sizeBytes);
            return contestant.address(block);
        }

        @Override
        public void free() {
            contestant.free(block);
            block = null;
        }
    }

    private static final class Table<B> implements BlockTable {
        private final ObjectContestant<B> contestant;
        private final B[] blocks;

        @SuppressWarnings("unchecked") // the array is never seen outside
        Table(ObjectContestant<B> contestant, int blocks) {
            this.contestant = contestant;
            this.blocks = (B[]) new Object[blocks];
        }

        @Override
        public long allocate(int index, long sizeBytes) {
            final B block = contestant.allocate(sizeBytes);
            blocks[index] = block;
            return contestant.address(block);
        }

        @Override
        public long address(int index) {
            return contestant.address(blocks[index]);
        }

        @Override
        public void free(int index) {
            contestant.free(blocks[index]);
            blocks[index] = null;
        }
    }

    /// The block does not leave the method, as in a `try` statement: the JIT may do without the object.
    private record LocalPair<B>(ObjectContestant<B> contestant) implements Pair {

        @Override
        public long touch(long sizeBytes) {
            final B block = contestant.allocate(sizeBytes);
            final long address = contestant.address(block);
            RawMemory.putByte(address, (byte) 1);
            contestant.free(block);
            return address;
        }

        @Override
        public long write(long sizeBytes) {
            final B block = contestant.allocate(sizeBytes);
            final long address = contestant.address(block);
            RawMemory.segment(address, sizeBytes).fill((byte) 1);
            contestant.free(block);
            return address;
        }
    }
}
