package io.offheap.bench.contestant;

import io.offheap.memory.os.RawMemory;

/// A contestant whose blocks are plain addresses, as in C.
abstract class AddressContestant implements Contestant {

    /// {@return the address of a new block}
    abstract long allocate(long sizeBytes);

    /// Frees a block.
    abstract void free(long address);

    @Override
    public BlockSlot newSlot() {
        return new Slot(this);
    }

    @Override
    public BlockTable newTable(int blocks) {
        return new Table(this, blocks);
    }

    @Override
    public Pair newPair() {
        return new AddressPair(this);
    }

    private static final class Slot implements BlockSlot {
        private final AddressContestant contestant;
        private long address;

        Slot(AddressContestant contestant) {
            this.contestant = contestant;
        }

        @Override
        public long allocate(long sizeBytes) {
            address = contestant.allocate(sizeBytes);
            return address;
        }

        @Override
        public void free() {
            contestant.free(address);
            address = 0;
        }
    }

    private static final class Table implements BlockTable {
        private final AddressContestant contestant;
        private final long[] addresses;

        Table(AddressContestant contestant, int blocks) {
            this.contestant = contestant;
            this.addresses = new long[blocks];
        }

        @Override
        public long allocate(int index, long sizeBytes) {
            final long address = contestant.allocate(sizeBytes);
            addresses[index] = address;
            return address;
        }

        @Override
        public long address(int index) {
            return addresses[index];
        }

        @Override
        public void free(int index) {
            contestant.free(addresses[index]);
        }
    }

    private record AddressPair(AddressContestant contestant) implements Pair {

        @Override
        public long touch(long sizeBytes) {
            final long address = contestant.allocate(sizeBytes);
            RawMemory.putByte(address, (byte) 1);
            contestant.free(address);
            return address;
        }

        @Override
        public long write(long sizeBytes) {
            final long address = contestant.allocate(sizeBytes);
            RawMemory.segment(address, sizeBytes).fill((byte) 1);
            contestant.free(address);
            return address;
        }
    }
}
