package io.offheap.bench.latency;

import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;
import io.offheap.memory.os.RawMemory;

/// Allocates and touches a hundred blocks, then frees them in the same order, again and again. An operation is one
/// block.
final class BatchWorker implements Worker {

    /// Live blocks.
    static final int BLOCKS = 100;

    private final BlockTable table;
    private final ContentCheck check;
    private final long sizeBytes;

    BatchWorker(Contestant contestant, long sizeBytes) {
        this.table = contestant.newTable(BLOCKS);
        this.check = new ContentCheck(contestant, BLOCKS, sizeBytes);
        this.sizeBytes = sizeBytes;
    }

    @Override
    public void begin() {
        check.run();
    }

    @Override
    public long work(Gate gate) {
        long operations = 0;
        while (gate.isOpen()) {
            for (int block = 0; block < BLOCKS; block++) {
                RawMemory.putByte(table.allocate(block, sizeBytes), (byte) block);
            }
            for (int block = 0; block < BLOCKS; block++) {
                table.free(block);
            }
            operations += BLOCKS;
        }
        return operations;
    }

    @Override
    public void end() {
        check.run();
    }
}
