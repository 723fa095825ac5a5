package io.offheap.bench.classic;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// As cache-scratch: blocks of 8 bytes, allocated by one thread so that they are neighbours, are freed by one thread
/// each. From then on each thread allocates such a block, writes to it a hundred times, and frees it. An allocator that
/// hands neighbours in one cache line to different threads makes them wait for each other at every write. An operation is
/// one block with its hundred writes.
final class ScratchWorker implements Worker {

    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final int WRITES = 100;

    private final Blocks neighbours;
    private final Blocks own;
    private final int thread;

    /// @param neighbours one block for each thread, allocated by a thread that is none of them
    /// @param own has room for one block
    ScratchWorker(Blocks neighbours, Blocks own, int thread) {
        this.neighbours = neighbours;
        this.own = own;
        this.thread = thread;
    }

    @Override
    public void begin() {
        neighbours.free(thread);
        check();
    }

    @Override
    public long work(Gate gate) {
        long operations = 0;
        while (gate.isOpen()) {
            own.allocate(0, Long.BYTES);
            write(operations);
            own.free(0);
            operations++;
        }
        return operations;
    }

    @Override
    public void end() {
        check();
    }

    /// Opaque, so that the JIT makes neither one write of a hundred nor none.
    private void write(long value) {
        final MemorySegment block = RawMemory.segment(own.address(0), Long.BYTES);
        for (int write = 0; write < WRITES; write++) {
            LONG.setOpaque(block, 0L, value + write);
        }
    }

    private void check() {
        own.allocate(0, Long.BYTES);
        write(thread);
        final long found = RawMemory.getLong(own.address(0));
        if (found != thread + WRITES - 1) {
            throw new WrongBytesException("the block of thread %d reads %d".formatted(thread, found));
        }
        own.free(0);
    }
}
