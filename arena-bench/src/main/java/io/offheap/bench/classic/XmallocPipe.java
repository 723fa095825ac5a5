package io.offheap.bench.classic;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.Gate;
import java.util.Queue;
import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;

/// Batches of blocks on their way from threads that only allocate to threads that only free, and the empty ones back.
/// There are so many and no more, so nobody gets far ahead, and the queues always have room.
final class XmallocPipe {

    /// Blocks in a batch.
    static final int BLOCKS = 120;

    private static final int BATCHES_FOR_EACH = 8;

    /// How often a thread looks before it lets another one have the processor.
    private static final int SPINS = 100;

    private final Queue<Blocks> full;
    private final Queue<Blocks> empty;

    /// @param threads of both kinds
    XmallocPipe(Contestant contestant, int threads) {
        final int batches = BATCHES_FOR_EACH * threads;
        full = new MpmcVarHandleArrayQueue<>(batches);
        empty = new MpmcVarHandleArrayQueue<>(batches);
        for (int batch = 0; batch < batches; batch++) {
            empty.add(new Blocks(contestant, BLOCKS));
        }
    }

    /// {@return an empty batch, or null when the gate shuts first}
    Blocks takeEmpty(Gate gate) {
        return take(empty, gate);
    }

    /// {@return a full batch, or null when the gate shuts first}
    Blocks takeFull(Gate gate) {
        return take(full, gate);
    }

    /// {@return a full batch, or null when there is none}
    Blocks pollFull() {
        return full.poll();
    }

    void putFull(Blocks batch) {
        full.add(batch);
    }

    void putEmpty(Blocks batch) {
        empty.add(batch);
    }

    private static Blocks take(Queue<Blocks> queue, Gate gate) {
        int spins = 0;
        Blocks batch = queue.poll();
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
}
