package io.offheap.bench.contestant;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/// `offheap-direct`: the allocator of this project, a direct ByteBuffer for each block, dropped and left to the garbage
/// collector. Zeroes what it hands out. May call `System.gc()`, as the JDK does for its own buffers.
///
/// It stands beside `jdk-direct`.
class OffheapDirect extends ObjectContestant<ByteBuffer> {

    /// Bytes of buffers in use or not found unreachable yet.
    static final long LIMIT = limit();

    final OffHeapAllocator allocator =
            OffHeapAllocator.builder().name("direct").directLimit(LIMIT).explicitGc(true).build();

    /// {@return as many bytes as `jdk-direct` may have in a JVM with these flags}
    private static long limit() {
        final long set = Long.parseLong(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue());
        return set > 0 ? set : Runtime.getRuntime().maxMemory();
    }

    @Override
    ByteBuffer allocate(long sizeBytes) {
        return allocator.allocateDirect((int) sizeBytes);
    }

    @Override
    long address(ByteBuffer block) {
        return MemorySegment.ofBuffer(block).address();
    }

    @Override
    void free(ByteBuffer block) {
        Reference.reachabilityFence(block);
    }

    @Override
    public void purge() {
        allocator.purge();
    }

    @Override
    public Counters counters() {
        return Offheap.counters(allocator);
    }
}
