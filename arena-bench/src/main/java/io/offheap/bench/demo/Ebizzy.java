package io.offheap.bench.demo;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.BlockSlot;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Counters;
import io.offheap.bench.measure.CpuTime;
import io.offheap.bench.measure.Gate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The ebizzy workload on one contestant: threads that copy a chunk of sorted records into a fresh block,
/// search it, and free it.
///
/// ## Contract
/// [#load] once, then [#slice] any number of times, then [#unload]. One wrong byte ends [#slice] with a
/// [WrongBytesException]. Full contents of the chunks are checked after they were filled and before they are freed.
///
/// ## Concurrency
/// Called by one thread; starts and joins its own. Between slices they are parked.
final class Ebizzy {

    /// What is not counted at the beginning of a slice: threads wake up, caches fill again, and pages that were
    /// given back while the contestant waited come back.
    private static final long REWARM_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Workload workload;
    private final Contestant contestant;
    private final List<BlockSlot> slots = new ArrayList<>();
    private final List<EbizzyWorker> workers = new ArrayList<>();
    private final Gate gate = new Gate();
    private final long[] chunks;

    Ebizzy(Workload workload, Contestant contestant) {
        this.workload = workload;
        this.contestant = contestant;
        this.chunks = new long[workload.chunks()];
    }

    /// Allocates the chunks through the contestant, fills and checks them. Then a busier hour passes: blocks
    /// are allocated, filled, checked and freed, and what the contestant does with that memory is up to it. The
    /// threads are started and wait.
    void load() {
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            chunks[chunk] = allocateFilled(slots);
        }
        checkChunks();
        final List<BlockSlot> idle = new ArrayList<>();
        for (int block = 0; block < workload.idleBlocks(); block++) {
            Records.check(allocateFilled(idle), workload.recordsPerChunk());
        }
        idle.forEach(BlockSlot::free);
        startWorkers();
    }

    private long allocateFilled(List<BlockSlot> into) {
        final BlockSlot slot = contestant.newSlot();
        final long address = slot.allocate(workload.chunkBytes());
        into.add(slot);
        Records.fill(address, workload.recordsPerChunk());
        return address;
    }

    /// Copies and searches, first for a moment that is not counted, then for `nanos`.
    ///
    /// @return what was done
    /// @throws WrongBytesException if memory did not hold what was written to it
    Throughput.Slice slice(long nanos) throws InterruptedException {
        gate.open();
        TimeUnit.NANOSECONDS.sleep(REWARM_NANOS);
        final Counters startCounters = contestant.counters();
        final long startCpu = CpuTime.processNanos();
        final long startRecords = records();
        final long start = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(nanos);
        final long records = records() - startRecords;
        final long elapsed = System.nanoTime() - start;
        final long cpu = CpuTime.processNanos() - startCpu;
        final long reuses = contestant.counters().since(startCounters).reuses();
        gate.shut();
        workers.forEach(EbizzyWorker::rethrow);
        return new Throughput.Slice(records, elapsed, cpu, reuses);
    }

    /// Ends the threads, checks and frees the chunks.
    void unload() throws InterruptedException {
        gate.end();
        for (EbizzyWorker worker : workers) {
            worker.join();
        }
        checkChunks();
        slots.forEach(BlockSlot::free);
        slots.clear();
    }

    /// {@return where chunk `index` lies}
    long chunk(int index) {
        return chunks[index];
    }

    private void checkChunks() {
        for (long chunk : chunks) {
            Records.check(chunk, workload.recordsPerChunk());
        }
    }

    private void startWorkers() {
        for (int thread = 0; thread < workload.threads(); thread++) {
            final EbizzyWorker worker = new EbizzyWorker(this, workload, contestant, gate, thread);
            workers.add(worker);
            worker.start();
        }
    }

    private long records() {
        return workers.stream().mapToLong(EbizzyWorker::records).sum();
    }
}
