package io.offheap.bench.contestant;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The contestants by name. The names are public: reports and JSON of all benchmarks use them.
public final class Contestants {

    /// The allocator of this project: freed runs are volatile; blocks by address. The default checks are on.
    public static final String OFFHEAP_ADDRESS = "offheap-address";

    /// The allocator of this project: as [#OFFHEAP_ADDRESS], with the checks of frees turned off.
    public static final String OFFHEAP_ADDRESS_UNCHECKED = "offheap-address-unchecked";

    /// The allocator of this project: freed runs are purged at once.
    public static final String OFFHEAP_EAGER = "offheap-eager";

    /// The allocator of this project: freed runs are left to the kernel with `MADV_FREE`.
    public static final String OFFHEAP_MADVFREE = "offheap-madvfree";

    /// The allocator of this project: blocks as uninitialized segments.
    public static final String OFFHEAP_SEGMENT = "offheap-segment";

    /// The allocator of this project: a confined arena for each block.
    public static final String OFFHEAP_CONFINED = "offheap-confined";

    /// The allocator of this project: a direct ByteBuffer for each block, left to the garbage collector.
    public static final String OFFHEAP_DIRECT = "offheap-direct";

    /// The allocator of this project: a direct ByteBuffer for each block, freed.
    public static final String OFFHEAP_DIRECT_FREE = "offheap-direct-free";

    /// The allocator of this project: a shared arena for each block.
    public static final String OFFHEAP_SHARED = "offheap-shared";

    /// The allocator of this project: a member of a group of shared arenas for each block.
    public static final String OFFHEAP_SHARED_GROUP = "offheap-sharedgroup";

    /// The allocator of this project: an automatic arena for each block, left to the garbage collector.
    public static final String OFFHEAP_AUTO = "offheap-auto";

    /// The allocator of this project: a direct buffer of Netty for each block.
    public static final String OFFHEAP_NETTY = "offheap-netty";

    /// A confined arena of the JDK for each block.
    public static final String JDK_CONFINED = "jdk-confined";

    /// A shared arena of the JDK for each block.
    public static final String JDK_SHARED = "jdk-shared";

    /// An automatic arena of the JDK for each block, left to the garbage collector.
    public static final String JDK_AUTO = "jdk-auto";

    /// A direct ByteBuffer for each block, left to the garbage collector.
    public static final String JDK_DIRECT = "jdk-direct";

    /// A direct ByteBuffer for each block, freed by its cleaner.
    public static final String JDK_DIRECT_CLEANER = "jdk-direct-cleaner";

    /// The C library's malloc and free, as `sun.misc.Unsafe` calls them.
    public static final String UNSAFE_MALLOC = "unsafe-malloc";

    /// The C library's malloc and free.
    public static final String FFM_MALLOC = "ffm-malloc";

    /// Netty's pool.
    public static final String NETTY_POOLED = "netty-pooled";

    /// Netty's adaptive allocator.
    public static final String NETTY_ADAPTIVE = "netty-adaptive";

    /// Netty without a pool.
    public static final String NETTY_UNPOOLED = "netty-unpooled";

    /// Arrow's root allocator over memory from Unsafe.
    public static final String ARROW_UNSAFE = "arrow-unsafe";

    /// No allocator: what the loop itself costs. Takes part where it is asked for.
    public static final String CONTROL = "control";

    /// No allocator: a block for each slot that is never given back. What a workload reaches at most. Takes part where it is asked
    /// for.
    public static final String KEPT_BLOCK = "kept-block";

    /// `ffm-` before the name of another malloc.
    private static final String FFM = "ffm-";

    private static final List<String> OF_DEMO =
            List.of(JDK_CONFINED, JDK_DIRECT, FFM_MALLOC, KEPT_BLOCK, OFFHEAP_EAGER, OFFHEAP_MADVFREE, OFFHEAP_ADDRESS);

    private static final String[] UNSAFE_FLAGS = {"--sun-misc-unsafe-memory-access=allow"};

    private static final String NETTY_LEAKS_OFF = "-Dio.netty.leakDetection.level=disabled";

    /// With all of these Netty reaches its memory through Unsafe, and frees it without a cleaner; the leak detector is
    /// off, since it samples.
    private static final String[] NETTY_FLAGS = {
        "--sun-misc-unsafe-memory-access=allow",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "-Dio.netty.tryReflectionSetAccessible=true",
        "-Dio.netty.noUnsafe=false",
        NETTY_LEAKS_OFF
    };

    /// Arrow does not start without the first; with the second it does without bounds checks of its own, which nobody here
    /// goes through anyway.
    private static final String[] ARROW_FLAGS = {
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "-Darrow.enable_unsafe_memory_access=true",
        "--sun-misc-unsafe-memory-access=allow"
    };

    private static final String NETTY_MODE = "FastThreadLocalThread, Unsafe, no leak detection";
    private static final String COLLECTED = "left to the collector";

    private Contestants() {}

    /// {@return the names of those in the demo, in the order in which it shows them}
    public static List<String> ofDemo() {
        return OF_DEMO;
    }

    /// {@return everyone who can take part in the allocator benchmarks on this machine, in the order of reports}
    ///
    /// @param libraryFolders where to look for C allocators first, separated by `:`; may be empty
    public static List<Setup> all(String libraryFolders) {
        final List<Setup> all = new ArrayList<>(List.of(
                Setup.of(OFFHEAP_ADDRESS),
                Setup.of(OFFHEAP_ADDRESS_UNCHECKED).mode("checks off"),
                Setup.of(OFFHEAP_SEGMENT),
                Setup.of(OFFHEAP_CONFINED).confined(),
                Setup.of(OFFHEAP_SHARED).slow(),
                Setup.of(OFFHEAP_SHARED_GROUP).mode("64 arenas end together"),
                Setup.of(OFFHEAP_AUTO).mode(COLLECTED).slow(),
                Setup.of(OFFHEAP_DIRECT).mode(COLLECTED).slow(),
                Setup.of(OFFHEAP_DIRECT_FREE),
                Setup.of(OFFHEAP_NETTY).mode("checks off, no leak detection").flags(NETTY_LEAKS_OFF),
                Setup.of(FFM_MALLOC)));
        for (NativeLibraries.Kind kind : NativeLibraries.Kind.values()) {
            NativeLibraries.find(kind, libraryFolders).ifPresent(file -> all.add(
                    Setup.of(FFM + kind.text()).mode("preloaded").preloading(file.toString())));
        }
        all.addAll(List.of(
                Setup.of(UNSAFE_MALLOC).flags(UNSAFE_FLAGS),
                Setup.of(NETTY_POOLED).mode(NETTY_MODE).flags(NETTY_FLAGS),
                Setup.of(NETTY_ADAPTIVE).mode(NETTY_MODE).flags(NETTY_FLAGS),
                Setup.of(NETTY_UNPOOLED).mode(NETTY_MODE).flags(NETTY_FLAGS),
                Setup.of(ARROW_UNSAFE).mode("root allocator").flags(ARROW_FLAGS),
                Setup.of(JDK_CONFINED).confined(),
                Setup.of(JDK_SHARED).slow(),
                Setup.of(JDK_AUTO).mode(COLLECTED).slow(),
                Setup.of(JDK_DIRECT).mode(COLLECTED).slow(),
                Setup.of(JDK_DIRECT_CLEANER).mode("Unsafe.invokeCleaner").flags(UNSAFE_FLAGS)));
        return List.copyOf(all);
    }

    /// {@return how one of them is started, or one that is no allocator, or this project's allocator with eager purging or lazy
    /// freeing; empty if there is none of this name here}
    public static Optional<Setup> find(String name, String libraryFolders) {
        return Stream.concat(
                        all(libraryFolders).stream(),
                        Stream.of(CONTROL, KEPT_BLOCK, OFFHEAP_EAGER, OFFHEAP_MADVFREE).map(Setup::of))
                .filter(setup -> setup.name().equals(name))
                .findFirst();
    }

    /// {@return a new contestant} Only the named implementation is loaded. What it needs of its JVM is in its [Setup].
    ///
    /// @param budget what the process shares with another one; contestants that cannot react ignore it
    /// @throws IllegalArgumentException if there is no such contestant
    public static Contestant create(String name, SharedBudget budget) {
        return switch (name) {
            case OFFHEAP_ADDRESS -> Offheap.leavingVolatile(budget);
            case OFFHEAP_ADDRESS_UNCHECKED -> Offheap.unchecked(budget);
            case OFFHEAP_EAGER -> Offheap.purgingAtOnce(budget);
            case OFFHEAP_MADVFREE -> Offheap.leavingToKernel(budget);
            case OFFHEAP_SEGMENT -> new OffheapSegment();
            case OFFHEAP_CONFINED -> new OffheapConfined();
            case OFFHEAP_SHARED -> new OffheapShared();
            case OFFHEAP_SHARED_GROUP -> new OffheapSharedGroup();
            case OFFHEAP_AUTO -> new OffheapAuto();
            case OFFHEAP_DIRECT -> new OffheapDirect();
            case OFFHEAP_DIRECT_FREE -> new OffheapDirectFree();
            case OFFHEAP_NETTY -> new OffheapNetty();
            case JDK_CONFINED -> new JdkConfined();
            case JDK_SHARED -> new JdkShared();
            case JDK_AUTO -> new JdkAuto();
            case JDK_DIRECT -> new JdkDirect();
            case JDK_DIRECT_CLEANER -> new JdkDirectCleaner();
            case UNSAFE_MALLOC -> new UnsafeMalloc();
            case FFM_MALLOC -> new FfmMalloc();
            case NETTY_POOLED -> Netty.pooled();
            case NETTY_ADAPTIVE -> Netty.adaptive();
            case NETTY_UNPOOLED -> Netty.unpooled();
            case ARROW_UNSAFE -> new Arrow();
            case CONTROL -> new Control();
            case KEPT_BLOCK -> new KeptBlock();
            default -> otherMalloc(name);
        };
    }

    private static Contestant otherMalloc(String name) {
        for (NativeLibraries.Kind kind : NativeLibraries.Kind.values()) {
            if (name.equals(FFM + kind.text())) {
                return new FfmMalloc();
            }
        }
        throw new IllegalArgumentException("no contestant " + name);
    }
}
