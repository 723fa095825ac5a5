package io.offheap.bench.classic;

import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;

/// As the other half of xmalloc: only frees. An operation is one block, allocated by one thread and freed by another one.
final class XmallocFreer implements Worker {

    private final XmallocPipe pipe;

    XmallocFreer(XmallocPipe pipe) {
        this.pipe = pipe;
    }

    @Override
    public long work(Gate gate) {
        long operations = 0;
        for (Blocks batch = pipe.takeFull(gate); batch != null; batch = gate.isOpen() ? pipe.takeFull(gate) : null) {
            for (int block = 0; block < XmallocPipe.BLOCKS; block++) {
                batch.free(block);
            }
            operations += XmallocPipe.BLOCKS;
            pipe.putEmpty(batch);
        }
        return operations;
    }

    /// What is under way when the work is over is verified.
    @Override
    public void end() {
        for (Blocks batch = pipe.pollFull(); batch != null; batch = pipe.pollFull()) {
            batch.end();
        }
    }
}
