package io.offheap.allocator;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption.Origin;
import java.lang.management.ManagementFactory;

/// How many bytes the JVM lets the direct buffers of the JDK hold: what `-XX:MaxDirectMemorySize` says, else as much as the heap may
/// have. The default of [OffHeapAllocator.Builder#directLimit], so that a program that bounds its buffers, or needs more of them than
/// it has heap, has to say so once.
///
/// Nothing but the module `jdk.management` tells of the option. Where a runtime has none, or its JVM no such option, the answer is the
/// heap's maximum.
final class DirectMemoryOption {

    private static final boolean READABLE = ModuleLayer.boot().findModule("jdk.management")
            .map(DirectMemoryOption.class.getModule()::canRead).orElse(false);

    private DirectMemoryOption() {}

    /// {@return bytes, 0 or more} The first call in a process costs what the first use of management does, some 50 ms.
    static long bytes() {
        return Answer.BYTES;
    }

    private static final class Answer {
        static final long BYTES = READABLE ? Diagnostics.limit() : Runtime.getRuntime().maxMemory();
    }

    /// Loaded only where the module is.
    private static final class Diagnostics {

        static long limit() {
            final long heap = Runtime.getRuntime().maxMemory();
            final var bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            if (bean == null) {
                return heap;                            // not HotSpot
            }
            try {
                final var option = bean.getVMOption("MaxDirectMemorySize");
                return option.getOrigin() == Origin.DEFAULT ? heap : Long.parseLong(option.getValue());
            } catch (IllegalArgumentException _) {
                return heap;                            // a JVM without the option
            }
        }
    }
}
