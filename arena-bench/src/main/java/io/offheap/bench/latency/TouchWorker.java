package io.offheap.bench.latency;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.Gate;

/// Allocates a block, stores its first byte, and frees it, again and again.
final class TouchWorker extends PairWorker {

    TouchWorker(Contestant contestant, long sizeBytes) {
        super(contestant, sizeBytes);
    }

    @Override
    public long work(Gate gate) {
        long operations = 0;
        long addresses = 0;
        while (gate.isOpen()) {
            addresses += pair.touch(sizeBytes);
            operations++;
        }
        use(addresses);
        return operations;
    }
}
