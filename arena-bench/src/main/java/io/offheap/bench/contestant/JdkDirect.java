package io.offheap.bench.contestant;

import java.lang.foreign.MemorySegment;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/// `jdk-direct`: a direct ByteBuffer for each block, dropped and left to the garbage collector. Zeroes what
/// it hands out. How much garbage it may pile up is the JVM's `-XX:MaxDirectMemorySize`.
final class JdkDirect extends ObjectContestant<ByteBuffer> {

    private static final int MOST_COLLECTIONS = 10;
    private static final long PAUSE_NANOS = 5_000_000;

    @Override
    ByteBuffer allocate(long sizeBytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(sizeBytes));
    }

    @Override
    long address(ByteBuffer block) {
        return MemorySegment.ofBuffer(block).address();
    }

    @Override
    void free(ByteBuffer block) {
        Reference.reachabilityFence(block);
    }

    /// Collects the garbage and waits, for a while, until the buffers in it have been freed: the JVM frees them
    /// on a thread of its own.
    @Override
    public void purge() {
        final BufferPoolMXBean pool = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(candidate -> candidate.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        for (int collection = 0; collection < MOST_COLLECTIONS && pool.getMemoryUsed() > 0; collection++) {
            System.gc();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
