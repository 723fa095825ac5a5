package io.offheap.bench.crossthread;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.crossthread.Pipe.Batch;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;
import io.offheap.memory.os.RawMemory;

/// Receives blocks, compares the number in each with the one it should have, and frees them. An operation is one block.
final class Consumer implements Worker {

    private final Pipe pipe;

    Consumer(Pipe pipe) {
        this.pipe = pipe;
    }

    @Override
    public long work(Gate gate) {
        long operations = 0;
        for (Batch batch = pipe.takeFull(gate); batch != null; batch = gate.isOpen() ? pipe.takeFull(gate) : null) {
            consume(batch);
            operations += Pipe.BLOCKS;
        }
        return operations;
    }

    @Override
    public void end() {
        for (Batch batch = pipe.pollFull(); batch != null; batch = pipe.pollFull()) {
            consume(batch);
        }
    }

    private void consume(Batch batch) {
        long wrong = 0;
        for (int block = 0; block < Pipe.BLOCKS; block++) {
            wrong |= RawMemory.getLong(batch.blocks().address(block)) ^ batch.first() + block;
            batch.blocks().free(block);
        }
        if (wrong != 0) {
            throw new WrongBytesException("a block of those numbered from " + batch.first() + " had another number");
        }
        pipe.putEmpty(batch);
    }
}
