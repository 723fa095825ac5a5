package io.offheap.bench.demo;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.BlockSlot;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.Gate;
import io.offheap.memory.os.RawMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// One thread of the workload: works while its gate is open, and is parked while it is shut.
///
/// ## Concurrency
/// [#records] may be read by any thread at any time, and is exact while the gate is shut, like [#rethrow].
final class EbizzyWorker implements Runnable {

    /// One block in so many is compared with its chunk byte by byte.
    private static final int FULL_CHECK_EVERY = 1024;

    private static final VarHandle RECORDS = recordsHandle();

    private final Thread thread;
    private final Ebizzy ebizzy;
    private final Workload workload;
    private final Generator generator;
    private final BlockSlot slot;
    private final Gate gate;

    private long records;
    private Throwable failure;

    EbizzyWorker(Ebizzy ebizzy, Workload workload, Contestant contestant, Gate gate, int thread) {
        this.thread = contestant.newThread("ebizzy-" + thread, this);
        this.ebizzy = ebizzy;
        this.workload = workload;
        this.generator = Generator.of(workload.stockGenerator(), workload.seed(), thread);
        this.slot = contestant.newSlot();
        this.gate = gate;
    }

    /// {@return how many blocks were copied, searched and freed}
    long records() {
        return (long) RECORDS.getOpaque(this);
    }

    /// Starts the worker's thread.
    void start() {
        thread.start();
    }

    /// Waits until the worker's thread has ended.
    void join() throws InterruptedException {
        thread.join();
    }

    /// Throws in the calling thread what ended this one early, if anything did.
    void rethrow() {
        switch (failure) {
            case null -> {}
            case RuntimeException exception -> throw exception;
            case Error error -> throw error;
            case Throwable other -> throw new IllegalStateException(other);
        }
    }

    @Override
    public void run() {
        try {
            while (failure == null && gate.enter()) {
                work();
            }
        } catch (InterruptedException nobodyDoesThat) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            while (gate.isOpen()) {
                oneRecord();
                RECORDS.setOpaque(this, records + 1);
            }
        } catch (Throwable thrown) {
            failure = thrown;
        } finally {
            gate.leave();
        }
    }

    /// Allocates, copies, searches, checks and frees one block.
    private void oneRecord() {
        final long source = ebizzy.chunk(generator.next(workload.chunks()));
        final int most = workload.recordsPerChunk();
        final int count = workload.randomSizes() ? generator.next(most) + 1 : most;
        final long bytes = count * Records.BYTES;
        final long block = slot.allocate(bytes);
        RawMemory.copy(source, block, bytes);
        final int key = generator.next(count);
        check(source, block, count, key, Records.search(block, count, key));
        slot.free();
    }

    private void check(long source, long block, int count, int key, long found) {
        if (found != key) {
            throw new WrongBytesException("key " + key + " of " + count + " records was found at " + found);
        }
        Records.checkEachPage(block, count, key);
        if (records % FULL_CHECK_EVERY == 0) {
            checkAll(source, block, count);
        }
    }

    private void checkAll(long source, long block, int count) {
        final long bytes = count * Records.BYTES;
        if (RawMemory.segment(block, bytes).mismatch(RawMemory.segment(source, bytes)) != -1) {
            Records.check(source, count);
            Records.check(block, count);
            throw new WrongBytesException("a copy differed from its chunk for a moment");
        }
    }

    private static VarHandle recordsHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(EbizzyWorker.class, "records", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }
}
