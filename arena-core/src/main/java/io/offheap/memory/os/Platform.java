package io.offheap.memory.os;

/// Whether this library runs here, and the operating system it then runs on.
///
/// Linux on x86-64 or AArch64. System call numbers and flags are compiled in, so anything else is refused
/// at the first question instead of at the first wrong call.
public final class Platform {

    private Platform() {}

    /// {@return the memory of this process}
    ///
    /// @throws UnsupportedOperationException if this is not a supported platform
    public static SystemMemory memory() {
        current();
        return MemoryHolder.INSTANCE;
    }

    /// {@return the files of this process}
    ///
    /// @throws UnsupportedOperationException if this is not a supported platform
    public static SystemFiles files() {
        current();
        return FilesHolder.INSTANCE;
    }

    /// {@return the processor of this process}
    ///
    /// @throws UnsupportedOperationException if this is not a supported platform
    static Processor current() {
        return check(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    /// {@return the processor that a JVM names so}
    ///
    /// @param osName what the JVM says in `os.name`
    /// @param osArch what the JVM says in `os.arch`
    /// @throws UnsupportedOperationException if this is not a supported platform
    static Processor check(String osName, String osArch) {
        if ("Linux".equals(osName)) {
            switch (osArch) {
                case "amd64", "x86_64" -> {
                    return Processor.X86_64;
                }
                case "aarch64" -> {
                    return Processor.AARCH64;
                }
                case null, default -> { }
            }
        }
        throw new UnsupportedOperationException(
                "%s %s is not supported: this library runs on Linux amd64 (x86_64) and Linux aarch64"
                        .formatted(osName, osArch));
    }

    /// What differs between processors: the numbers of the system calls that the C library has no function
    /// for. From asm/unistd_64.h for x86-64 and asm-generic/unistd.h for AArch64.
    enum Processor {
        /// x86-64.
        X86_64(237, 239, 324, 323),
        /// AArch64.
        AARCH64(235, 236, 283, 282);

        private final long mbind;
        private final long getMempolicy;
        private final long membarrier;
        private final long userfaultfd;

        Processor(long mbind, long getMempolicy, long membarrier, long userfaultfd) {
            this.mbind = mbind;
            this.getMempolicy = getMempolicy;
            this.membarrier = membarrier;
            this.userfaultfd = userfaultfd;
        }

        long mbind() {
            return mbind;
        }

        long getMempolicy() {
            return getMempolicy;
        }

        long membarrier() {
            return membarrier;
        }

        long userfaultfd() {
            return userfaultfd;
        }

        long pidfdOpen() {
            return 434; // the same everywhere since Linux 5.1
        }

        long processMadvise() {
            return 440;
        }
    }

    private static final class MemoryHolder {
        static final LinuxMemory INSTANCE = new LinuxMemory();
    }

    private static final class FilesHolder {
        static final LinuxFiles INSTANCE = new LinuxFiles();
    }
}
