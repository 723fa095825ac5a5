package io.offheap.bench.mixed;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;
import io.offheap.memory.os.RawMemory;

/// Keeps a table full of blocks. An operation picks one at random, frees it, allocates one of another size in its
/// place, and writes its first 8 bytes. As larson, with sizes of a power law.
final class MixedWorker implements Worker {

    /// Odd, and with bits all over: the golden ratio.
    static final long SEED = 0x9E3779B97F4A7C15L;

    private final BlockTable table;
    private final boolean isVerified;
    private final int[] sizes = Sizes.table();
    private final int slots;
    private long random;

    /// @param thread makes its choices different from those of others
    MixedWorker(Contestant contestant, int slots, int thread) {
        this.table = contestant.newTable(slots);
        this.isVerified = contestant.keepsContents();
        this.slots = slots;
        this.random = SEED * (2L * thread + 1);
    }

    @Override
    public void begin() {
        for (int slot = 0; slot < slots; slot++) {
            random = next(random);
            RawMemory.putLong(table.allocate(slot, sizes[sizeIndex(random)]), slot);
        }
    }

    @Override
    public long work(Gate gate) {
        long operations = 0;
        long choice = random;
        while (gate.isOpen()) {
            choice = next(choice);
            final int slot = (int) ((choice >>> Integer.SIZE) * slots >>> Integer.SIZE);
            table.free(slot);
            RawMemory.putLong(table.allocate(slot, sizes[sizeIndex(choice)]), slot);
            operations++;
        }
        random = choice;
        return operations;
    }

    @Override
    public void end() {
        for (int slot = 0; slot < slots; slot++) {
            final long found = RawMemory.getLong(table.address(slot));
            if (found != slot && isVerified) {
                throw new WrongBytesException("block " + slot + " reads " + found);
            }
            table.free(slot);
        }
    }

    @Override
    public long liveBytes() {
        return Math.round(slots * Sizes.mean());
    }

    private static int sizeIndex(long choice) {
        return (int) choice & Sizes.COUNT - 1;
    }

    /// Marsaglia's xorshift64 with the shifts 13, 7, 17.
    private static long next(long state) {
        long x = state;
        x ^= x << 13;
        x ^= x >>> 7;
        x ^= x << 17;
        return x;
    }
}
