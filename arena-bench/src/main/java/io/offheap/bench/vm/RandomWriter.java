package io.offheap.bench.vm;

import io.offheap.memory.AddressSpace;
import java.util.concurrent.atomic.AtomicLong;

/// A thread that writes words at random places of a space until it is told to end.
final class RandomWriter extends Thread {

    /// Writes between two looks at whether it is over.
    private static final int STRIDE = 64;

    private final AddressSpace space;
    private final long places;
    private final AtomicLong written = new AtomicLong();
    private long random;
    private volatile boolean ended;

    /// @param written whose bytes are a power of two
    RandomWriter(PopulatedSpace written, long seed) {
        super("vm-writer-" + seed);
        space = written.space();
        places = written.bytes() / Long.BYTES - 1;
        random = seed;
        setDaemon(true);
    }

    @Override
    public void run() {
        while (!ended) {
            for (int i = 0; i < STRIDE; i++) {
                random = AccessContest.next(random);
                space.putLong((random & places) * Long.BYTES, random);
            }
            written.lazySet(written.get() + STRIDE);
        }
    }

    /// {@return how many words so far}
    long written() {
        return written.get();
    }

    /// Ends the thread and waits for it.
    void end() throws InterruptedException {
        ended = true;
        join();
    }
}
