package io.offheap.bench.crossthread;

import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.Gate;
import java.util.Queue;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;

/// Batches of blocks go round between one producer and one consumer: full ones one way, empty ones back. There are
/// so many and no more, so neither side gets far ahead, and a queue always has room.
final class Pipe {

    /// Blocks in a batch.
    static final int BLOCKS = 64;

    private static final int BATCHES = 16;

    /// How often a side looks before it lets another thread have the processor.
    private static final int SPINS = 200;

    private final Queue<Batch> full = new SpscVarHandleArrayQueue<>(BATCHES);
    private final Queue<Batch> empty = new SpscVarHandleArrayQueue<>(BATCHES);

    Pipe(Contestant contestant) {
        for (int batch = 0; batch < BATCHES; batch++) {
            empty.add(new Batch(contestant.newTable(BLOCKS)));
        }
    }

    /// {@return an empty batch, or null when the gate shuts first}
    Batch takeEmpty(Gate gate) {
        return take(empty, gate);
    }

    /// {@return a full batch, or null when the gate shuts first}
    Batch takeFull(Gate gate) {
        return take(full, gate);
    }

    /// {@return a full batch, or null when there is none}
    Batch pollFull() {
        return full.poll();
    }

    void putEmpty(Batch batch) {
        empty.add(batch);
    }

    void putFull(Batch batch) {
        full.add(batch);
    }

    private static Batch take(Queue<Batch> queue, Gate gate) {
        int spins = 0;
        Batch batch = queue.poll();
        while (batch == null && gate.isOpen()) {
            if (++spins % SPINS == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
            batch = queue.poll();
        }
        return batch;
    }

    /// Some blocks.
    static final class Batch {
        private final BlockTable blocks;
        private long first;

        Batch(BlockTable blocks) {
            this.blocks = blocks;
        }

        BlockTable blocks() {
            return blocks;
        }

        /// {@return what the first block was numbered}
        long first() {
            return first;
        }

        void numberFrom(long number) {
            first = number;
        }
    }
}
