package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryPressure;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A memory control group of version 1 for real: a child process in a group that the test creates. Skipped, with the
/// reason printed, where the machine has no such controller or the group may not be created.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RealCgroupTest {

    private static final long MIB = 1 << 20;
    private static final long LIMIT = 256 * MIB;

    /// With events far less than this; by the clock, from far below the threshold, up to 1000. The machine is shared.
    private static final long MOST_MILLIS = 250;

    /// Of each, on a machine that may stand still for seconds.
    private static final long LONGEST_MILLIS = 8000;

    /// The kernel's word for "none" is more.
    private static final long NO_LIMIT = 1L << 62;

    private static Path createGroup() {
        final var files = Platform.files();
        final var paths = CgroupPaths.v1(Text.readOnce(files, "/proc/self/cgroup"), Text.readOnce(files, "/proc/self/mountinfo"));
        if (paths.isEmpty()) {
            throw skip("no memory controller of version 1 is mounted");
        }
        final var group = Path.of(paths.get().directories().getFirst(), "offheap-test-" + ProcessHandle.current().pid());
        try {
            Files.createDirectory(group);
            Files.writeString(group.resolve("memory.limit_in_bytes"), Long.toString(LIMIT));
            return group;
        } catch (IOException e) {
            throw skip("a memory control group cannot be created: " + e);
        }
    }

    private static RuntimeException skip(String reason) {
        System.out.println("RealCgroupTest is skipped: " + reason);
        Assumptions.abort(reason);
        return new IllegalStateException(reason);
    }

    private static String locationOf(Class<?> type) {
        return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
    }

    private static Process startIn(Path group) throws IOException {
        final var command = new ArrayList<>(List.of("sh", "-c", "echo $$ > \"$0\"/cgroup.procs && exec \"$@\"", group.toString()));
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx32m",
                "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp",
                String.join(":", locationOf(MemoryDaemon.class), locationOf(RealCgroupChild.class), locationOf(Agent.class)),
                RealCgroupChild.class.getName()));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    @Test
    void childInARealGroupSeesItsLimitsAndHearsThemCrossed() throws IOException, InterruptedException {
        final var group = createGroup();
        try {
            final var child = startIn(group);
            try (var out = child.outputWriter(); var in = child.inputReader()) {
                converse(group, out, in);
                out.write("end\n");
                out.flush();
                assertTrue(child.waitFor(30, TimeUnit.SECONDS));
                assertEquals(0, child.exitValue());
            } finally {
                child.destroyForcibly().onExit().join();                // also when the test is interrupted
            }
        } finally {
            Thread.interrupted();                                       // reading would fail
            removeGroup(group);
        }
    }

    private static void converse(Path group, BufferedWriter out, BufferedReader in) throws IOException {
        assertEquals("limit " + LIMIT, in.readLine());
        long best = Long.MAX_VALUE;
        for (final var level : List.of(MemoryPressure.SOME, MemoryPressure.CRITICAL, MemoryPressure.SOME)) {
            final long millis = Long.parseLong(ask(out, in, "rise " + level));
            System.out.printf("control group v1: %s told %d ms after it was crossed%n", level, millis);
            best = Math.min(best, millis);
            assertTrue(millis <= LONGEST_MILLIS, "told after " + millis + " ms");
        }
        assertTrue(best <= MOST_MILLIS, "told after " + best + " ms at best");
        final var disk = directoryOfADisk();
        if (disk.isPresent()) {
            final long cached = Long.parseLong(ask(out, in, "cache " + disk.get()));
            assertTrue(cached < 16 * MIB, "64 MiB of page cache counted as " + cached);
        } else {
            System.out.println("RealCgroupTest is skipped in part: every folder here is in memory, and no page cache is to be had");
        }
        Files.writeString(group.resolve("memory.limit_in_bytes"), Long.toString(LIMIT + 64 * MIB));
        assertEquals("" + (LIMIT + 64 * MIB), ask(out, in, "limit"));
        Files.writeString(group.resolve("memory.limit_in_bytes"), "-1");
        final var above = limitsAbove(group);
        final var seen = ask(out, in, "limit");
        assertTrue(above.isEmpty() ? seen.equals("none") : above.contains(seen), () -> "limit " + seen + ", above " + above);
    }

    /// {@return a folder whose files are page cache} Those of a tmpfs are shared memory, which is usage.
    private static Optional<Path> directoryOfADisk() throws IOException {
        for (final var candidate : List.of(Path.of("target").toAbsolutePath(), Path.of(System.getProperty("java.io.tmpdir")))) {
            if (Files.isDirectory(candidate) && !Set.of("tmpfs", "ramfs").contains(Files.getFileStore(candidate).type())) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /// {@return the limits that hold for a group without one, in bytes: those of the groups above it, and of those that cannot be seen from here}
    private static Set<String> limitsAbove(Path group) throws IOException {
        final var limits = new TreeSet<String>();
        for (var above = group.getParent(); Files.exists(above.resolve("memory.limit_in_bytes")); above = above.getParent()) {
            limits.add(Files.readString(above.resolve("memory.limit_in_bytes")).trim());
        }
        Files.readAllLines(group.resolve("memory.stat")).stream().map(line -> line.split(" "))
                .filter(words -> words[0].equals("hierarchical_memory_limit")).forEach(words -> limits.add(words[1]));
        limits.removeIf(limit -> Long.parseLong(limit) >= NO_LIMIT);
        return limits;
    }

    private static String ask(BufferedWriter out, BufferedReader in, String question) throws IOException {
        out.write(question + "\n");
        out.flush();
        return Optional.ofNullable(in.readLine()).orElseThrow(() -> new AssertionError("the child has ended"));
    }

    /// A group can be removed a moment after its last process has ended.
    private static void removeGroup(Path group) throws IOException {
        final long start = System.nanoTime();
        while (true) {
            try (Stream<String> processes = Files.lines(group.resolve("cgroup.procs"))) {
                if (processes.findAny().isEmpty()) {
                    Files.delete(group);
                    return;
                }
            } catch (IOException e) {
                if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(10)) {
                    throw e;
                }
            }
            Thread.onSpinWait();
        }
    }
}
