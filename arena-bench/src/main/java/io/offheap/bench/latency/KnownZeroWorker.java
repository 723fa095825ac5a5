package io.offheap.bench.latency;

import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.CpuTime;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Paused;
import io.offheap.bench.turns.Worker;
import io.offheap.memory.os.RawMemory;

/// Allocates some zeroed blocks of memory that was purged before, frees them, and has it purged again; the purge is not measured.
/// An operation is one block.
///
/// Purged memory is known to be zero, and whoever knows that need not zero it. Who keeps nothing that could be purged
/// ([Contestant#purge]) works as ever, and zeroes. The pages come when they are first touched: that is why there are three uses.
final class KnownZeroWorker implements Worker {

    /// What is done with a block.
    enum Use {

        /// Nothing is stored, so no page becomes resident: the pair alone.
        NONE,

        /// The first byte is stored: one page fault.
        FIRST,

        /// Every byte is stored: all page faults.
        ALL
    }

    /// Live blocks.
    static final int BLOCKS = 16;

    private final Contestant contestant;
    private final BlockTable table;
    private final ContentCheck check;
    private final long sizeBytes;
    private final Use use;
    private final long warmUpNanos;
    private Paused paused = Paused.NOT;

    /// @param warmUpNanos how long is worked before anything is measured: the way to a new run is long, and so is the way of a
    ///                    purge; until both are compiled takes longer than what settles a pair
    KnownZeroWorker(Contestant contestant, long sizeBytes, Use use, long warmUpNanos) {
        this.contestant = contestant;
        this.table = contestant.newTable(BLOCKS);
        this.check = new ContentCheck(contestant, BLOCKS, sizeBytes);
        this.sizeBytes = sizeBytes;
        this.use = use;
        this.warmUpNanos = warmUpNanos;
    }

    @Override
    public void begin() {
        check.run();
        for (long start = System.nanoTime(); System.nanoTime() - start < warmUpNanos; ) {
            batch();
        }
    }

    @Override
    public long work(Gate gate) {
        long operations = 0;
        paused = Paused.NOT;
        while (gate.isOpen()) {
            batch();
            operations += BLOCKS;
        }
        return operations;
    }

    private void batch() {
        purge();
        for (int block = 0; block < BLOCKS; block++) {
            store(table.allocate(block, sizeBytes));
        }
        for (int block = 0; block < BLOCKS; block++) {
            table.free(block);
        }
    }

    private void purge() {
        final long cpuStart = CpuTime.threadNanos();
        final long start = System.nanoTime();
        contestant.purge();
        final long nanos = System.nanoTime() - start;
        paused = new Paused(paused.nanos() + nanos, paused.cpuNanos() + CpuTime.threadNanos() - cpuStart);
    }

    private void store(long address) {
        switch (use) {
            case NONE -> {}
            case FIRST -> RawMemory.putByte(address, (byte) 1);
            case ALL -> RawMemory.segment(address, sizeBytes).fill((byte) 1);
        }
    }

    @Override
    public Paused paused() {
        return paused;
    }

    @Override
    public void end() {
        check.run();
    }
}
