package io.offheap.bench.contestant;

import java.util.List;

/// The contestants by name. The names are public: reports and JSON of all benchmarks use them.
public final class Contestants {

    /// A confined arena of the JDK for each block.
    public static final String JDK_CONFINED = "jdk-confined";

    /// A direct ByteBuffer for each block, left to the garbage collector.
    public static final String JDK_DIRECT = "jdk-direct";

    /// The C library's malloc and free.
    public static final String FFM_MALLOC = "ffm-malloc";

    /// The allocator of this project: freed runs are purged at once.
    public static final String OFFHEAP_EAGER = "offheap-eager";

    /// The allocator of this project: freed runs are left to the kernel with `MADV_FREE`.
    public static final String OFFHEAP_MADVFREE = "offheap-madvfree";

    /// The allocator of this project: freed runs are volatile; blocks by address.
    public static final String OFFHEAP_ADDRESS = "offheap-address";

    private static final List<String> ALL =
            List.of(JDK_CONFINED, JDK_DIRECT, FFM_MALLOC, OFFHEAP_EAGER, OFFHEAP_MADVFREE, OFFHEAP_ADDRESS);

    private Contestants() {}

    /// {@return every name, in the order in which reports show them}
    public static List<String> names() {
        return ALL;
    }

    /// {@return a new contestant} Only the named implementation is loaded.
    ///
    /// @param budget what the process shares with another one; contestants that cannot react ignore it
    /// @throws IllegalArgumentException if there is no such contestant
    public static Contestant create(String name, SharedBudget budget) {
        return switch (name) {
            case JDK_CONFINED -> new JdkConfined();
            case JDK_DIRECT -> new JdkDirect();
            case FFM_MALLOC -> new FfmMalloc();
            case OFFHEAP_EAGER -> Offheap.purgingAtOnce(budget);
            case OFFHEAP_MADVFREE -> Offheap.leavingToKernel(budget);
            case OFFHEAP_ADDRESS -> Offheap.leavingVolatile(budget);
            default -> throw new IllegalArgumentException("no contestant " + name + "; there are " + ALL);
        };
    }
}
