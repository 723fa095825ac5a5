package io.offheap.memory.os;

import java.lang.System.Logger;
import java.lang.foreign.ValueLayout;

/// Which pages this process has, and who opens its files.
///
/// | `io.offheap.pages` | where | pages |
/// | --- | --- | --- |
/// | not set | Linux on x86-64 or AArch64 | the operating system's |
/// | not set | elsewhere, if addresses have 64 bits | portable: memory of the JDK's own arenas |
/// | `portable` | wherever addresses have 64 bits | portable |
/// | `system` | Linux on x86-64 or AArch64 | the operating system's |
///
/// System call numbers and flags are compiled in, so anything else is refused at the first question instead of
/// at the first wrong call. Where pages are portable, no class is initialised that links native code.
public final class Platform {

    /// The system property by which a process chooses its pages; it is read once.
    public static final String PAGES_PROPERTY = "io.offheap.pages";

    /// What pages a process has.
    enum Pages {
        /// Those of the operating system.
        SYSTEM,
        /// Memory of the JDK's arenas.
        PORTABLE
    }

    private Platform() {}

    /// {@return the memory of this process}
    ///
    /// @throws UnsupportedOperationException if this is not a supported platform
    /// @throws IllegalCallerException        if native access is denied to this library
    /// @throws IllegalArgumentException      if the property has another value
    public static SystemMemory memory() {
        pages();
        return MemoryHolder.INSTANCE;
    }

    /// {@return the files of this process}
    ///
    /// @throws UnsupportedOperationException if this is not a supported platform
    /// @throws IllegalCallerException        if native access is denied to this library
    /// @throws IllegalArgumentException      if the property has another value
    public static SystemFiles files() {
        pages();
        return FilesHolder.INSTANCE;
    }

    /// {@return the memory of this process, if it is the operating system's}
    ///
    /// @param what needs it, for the message
    /// @throws UnsupportedOperationException if it is not, or this is not a supported platform
    /// @throws IllegalCallerException        if native access is denied to this library
    /// @throws IllegalArgumentException      if the property has another value
    public static SystemMemory memoryOfTheSystem(String what) {
        if (pages() != Pages.SYSTEM) {
            throw new UnsupportedOperationException(what + " need pages of the operating system; those of this process are "
                    + "portable: " + reason());
        }
        return memory();
    }

    /// {@return whether native functions may be linked} Does not fail: who asks has asked for the memory before.
    static boolean linksNativeCode() {
        return check(System.getProperty(PAGES_PROPERTY), osName(), osArch()) == Pages.SYSTEM;
    }

    private static Pages pages() {
        NativeAccess.require();
        return check(System.getProperty(PAGES_PROPERTY), osName(), osArch());
    }

    /// {@return the processor of this process}
    ///
    /// @throws UnsupportedOperationException if it is not a supported one
    static Processor current() {
        final var processor = processor(osName(), osArch());
        if (processor == null) {
            throw unsupported(osName(), osArch());
        }
        return processor;
    }

    private static String osName() {
        return System.getProperty("os.name");
    }

    private static String osArch() {
        return System.getProperty("os.arch");
    }

    /// {@return the pages of a process}
    ///
    /// @param wanted what the property says, null if it is not set
    /// @param osName what the JVM says in `os.name`
    /// @param osArch what the JVM says in `os.arch`
    /// @throws UnsupportedOperationException if there are no such pages
    /// @throws IllegalArgumentException      if the property has another value
    static Pages check(String wanted, String osName, String osArch) {
        return switch (wanted) {
            case null -> processor(osName, osArch) != null ? Pages.SYSTEM : portable(osName, osArch);
            case "portable" -> portable(osName, osArch);
            case "system" -> {
                if (processor(osName, osArch) == null) {
                    throw unsupported(osName, osArch);
                }
                yield Pages.SYSTEM;
            }
            default -> throw new IllegalArgumentException(
                    "%s=%s: neither portable nor system".formatted(PAGES_PROPERTY, wanted));
        };
    }

    private static Pages portable(String osName, String osArch) {
        if (ValueLayout.ADDRESS.byteSize() != Long.BYTES) {
            throw unsupported(osName, osArch);
        }
        return Pages.PORTABLE;
    }

    private static UnsupportedOperationException unsupported(String osName, String osArch) {
        return new UnsupportedOperationException(("%s %s is not supported: this library runs on Linux amd64 (x86_64) and "
                + "Linux aarch64, and with %s=portable wherever addresses have 64 bits")
                        .formatted(osName, osArch, PAGES_PROPERTY));
    }

    /// {@return the processor that a JVM names so, null unless it is a supported one of Linux}
    private static Processor processor(String osName, String osArch) {
        if (!"Linux".equals(osName)) {
            return null;
        }
        return switch (osArch) {
            case "amd64", "x86_64" -> Processor.X86_64;
            case "aarch64" -> Processor.AARCH64;
            case null, default -> null;
        };
    }

    /// {@return why pages are portable}
    private static String reason() {
        return processor(osName(), osArch()) == null
                ? osName() + " " + osArch() + " has no others here"
                : PAGES_PROPERTY + "=portable";
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
        static final SystemMemory INSTANCE = linksNativeCode() ? new LinuxMemory() : portable();

        private static SystemMemory portable() {
            System.getLogger(Platform.class.getPackageName()).log(Logger.Level.INFO,
                    "pages are portable (" + reason() + "): memory of JDK arenas, zeroed and kept when it is purged");
            return new PortableMemory();
        }
    }

    private static final class FilesHolder {
        static final SystemFiles INSTANCE = linksNativeCode() ? new LinuxFiles() : new PortableFiles();
    }
}
