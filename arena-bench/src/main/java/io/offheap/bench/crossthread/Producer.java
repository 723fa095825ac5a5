package io.offheap.bench.crossthread;

import io.offheap.bench.crossthread.Pipe.Batch;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;
import io.offheap.memory.os.RawMemory;

/// Allocates blocks, writes a number into the first 8 bytes of each, and sends them.
final class Producer implements Worker {

    private final Pipe pipe;
    private final long sizeBytes;
    private long number;

    Producer(Pipe pipe, long sizeBytes) {
        this.pipe = pipe;
        this.sizeBytes = sizeBytes;
    }

    /// {@return 0: the consumer counts}
    @Override
    public long work(Gate gate) {
        for (Batch batch = pipe.takeEmpty(gate); batch != null; batch = gate.isOpen() ? pipe.takeEmpty(gate) : null) {
            batch.numberFrom(number);
            for (int block = 0; block < Pipe.BLOCKS; block++) {
                RawMemory.putLong(batch.blocks().allocate(block, sizeBytes), number++);
            }
            pipe.putFull(batch);
        }
        return 0;
    }
}
