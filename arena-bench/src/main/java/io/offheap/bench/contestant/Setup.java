package io.offheap.bench.contestant;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How a contestant's JVM is started, and what it can do.
///
/// @param name the contestant
/// @param mode how it runs, for reports; empty where there is only one way
/// @param flags for the JVM, besides those of all
/// @param environment for the process, besides this one's
/// @param freesOnAnyThread whether a block may be freed by another thread than allocated it
/// @param quickly whether one operation takes less than a microsecond or so; the others cannot take part where very
///     many are needed
public record Setup(
        String name,
        String mode,
        List<String> flags,
        Map<String, String> environment,
        boolean freesOnAnyThread,
        boolean quickly) {

    /// The system property by which a contestant that can have a soft limit is given one, in bytes.
    static final String SOFT_LIMIT = "io.offheap.bench.softLimit";

    /// The system property by which a contestant that reacts to pressure gets a switch for it.
    static final String SWITCH = "io.offheap.bench.switch";

    /// So begin the properties by which a benchmark talks to its children; they change nothing of how a contestant runs.
    private static final String OWN_PROPERTY = "-Dio.offheap.bench.";

    /// The flags of all: the same collector and the same heap for everyone, and a bound for unreachable direct buffers.
    private static final List<String> COMMON = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xms256m",
            "-Xmx256m",
            "-XX:MaxDirectMemorySize=1g");

    /// A contestant that runs in one way, without more flags.
    static Setup of(String name) {
        return new Setup(name, "", List.of(), Map.of(), true, true);
    }

    /// {@return this one, in a mode}
    Setup mode(String way) {
        return new Setup(name, way, flags, environment, freesOnAnyThread, quickly);
    }

    /// {@return this one with flags}
    Setup flags(String... more) {
        return new Setup(name, mode, List.of(more), environment, freesOnAnyThread, quickly);
    }

    /// {@return this one with a soft limit, as far as it knows such a thing}
    ///
    /// @param bytes the limit
    public Setup softLimit(long bytes) {
        final List<String> more = new ArrayList<>(flags);
        more.add("-D" + SOFT_LIMIT + "=" + bytes);
        return new Setup(name, "soft limit " + (bytes >> 20) + " MiB", more, environment, freesOnAnyThread, quickly);
    }

    /// {@return this one in a JVM that takes little memory for itself: a small heap, no arenas of an optimising JIT, one
    /// arena of the C library for all threads, and the archive of classes where it was written for, so that its pages are
    /// the file's and not copies}
    public Setup inSmallJvm() {
        final List<String> more = new ArrayList<>(flags);
        more.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:ArchiveRelocationMode=0",
                "-Xms8m",
                "-Xmx32m",
                "-Xmn2m"));
        final Map<String, String> small = new HashMap<>(environment);
        small.put("MALLOC_ARENA_MAX", "1");
        return new Setup(name, mode, more, Map.copyOf(small), freesOnAnyThread, quickly);
    }

    /// {@return this one, told of pressure by [Contestant#press] and nobody else, as far as it reacts to any}
    public Setup switched() {
        final List<String> more = new ArrayList<>(flags);
        more.add("-D" + SWITCH + "=true");
        return new Setup(name, mode, more, environment, freesOnAnyThread, quickly);
    }

    /// {@return this one, its blocks bound to their threads}
    Setup confined() {
        return new Setup(name, mode, flags, environment, false, quickly);
    }

    /// {@return this one, known to be slow}
    Setup slow() {
        return new Setup(name, mode, flags, environment, freesOnAnyThread, false);
    }

    /// {@return this one with another allocator behind `malloc`, of the whole process}
    Setup preloading(String library) {
        Objects.requireNonNull(library);
        return new Setup(
                name,
                mode,
                List.of("-D" + FfmMalloc.LIBRARY + "=" + library),
                Map.of("LD_PRELOAD", library),
                freesOnAnyThread,
                quickly);
    }

    /// {@return how it runs, for reports: its version, its mode, and the flags that only it has}
    ///
    /// @param version as the contestant told it; empty where nobody asked
    public String way(String version) {
        final String ownFlags =
                flags.stream().filter(flag -> !flag.startsWith(OWN_PROPERTY)).collect(Collectors.joining(" "));
        return Stream.of(version, mode, ownFlags)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("; "));
    }

    /// {@return all flags for the JVM}
    public List<String> jvmFlags() {
        final List<String> all = new ArrayList<>(COMMON);
        all.addAll(flags);
        return all;
    }
}
