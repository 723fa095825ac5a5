package io.offheap.bench.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlGroupTest {

    private static final long LIMIT = 64 << 20;

    @BeforeEach
    void needsAGroup() {
        Groups.assume();
    }

    @Test
    void isThereWithItsLimitAndThenIsNot() throws Exception {
        final Path directory;
        try (ControlGroup group = ControlGroup.create(LIMIT)) {
            directory = group.directory();
            assertTrue(Files.isDirectory(directory));
            assertTrue(
                    Files.exists(directory.resolve("memory.limit_in_bytes"))
                            ? Files.readString(directory.resolve("memory.limit_in_bytes")).strip().equals("" + LIMIT)
                            : Files.readString(directory.resolve("memory.max")).strip().equals("" + LIMIT));
            assertEquals(new MemoryLimit.Usage(0, 0, 0, 0), withoutBytes(group.usage()));
        }
        assertFalse(Files.exists(directory), directory::toString);
    }

    @Test
    void whatTheLauncherStartsIsInsideUnderItsOwnNumber() throws Exception {
        try (ControlGroup group = ControlGroup.create(LIMIT)) {
            final Process process = start(group, "cat");
            try {
                process.getOutputStream().write("x\n".getBytes());
                process.getOutputStream().flush();
                assertEquals('x', process.getInputStream().read());      // so the launcher has become cat
                assertEquals(
                        List.of(Long.toString(process.pid())),
                        Files.readAllLines(group.directory().resolve("cgroup.procs")));
                assertTrue(group.usage().peakBytes() > 0, () -> group.usage().toString());
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }

    @Test
    void closingEndsWhoIsStillInside() throws Exception {
        final Process process;
        try (ControlGroup group = ControlGroup.create(LIMIT)) {
            process = start(group, "cat");
            process.getOutputStream().write("x\n".getBytes());
            process.getOutputStream().flush();
            assertEquals('x', process.getInputStream().read());
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still runs");
        assertEquals(137, process.exitValue());
    }

    @Test
    void whoTakesMoreThanTheLimitIsKilledAndCounted() throws Exception {
        try (ControlGroup group = ControlGroup.create(LIMIT)) {
            // One line of 256 MiB, which tail must hold.
            final Process process =
                    start(group, "sh", "-c", "head -c 268435456 /dev/zero | tail -c 268435456 > /dev/null");
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still runs");
            assertTrue(group.usage().kills() > 0, () -> group.usage().toString());
            assertTrue(group.usage().peakBytes() > LIMIT * 9 / 10, () -> group.usage().toString());
        }
    }

    @Test
    void aGroupWhoseMakerHasEndedIsRemovedByTheNext() throws Exception {
        final Path parent;
        try (ControlGroup group = ControlGroup.create(LIMIT)) {
            parent = group.directory().getParent();
        }
        final Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        final Path stale = Files.createDirectory(parent.resolve("offheap-bench-" + ended.pid() + "-1"));
        ControlGroup.create(LIMIT).close();
        assertFalse(Files.exists(stale), stale::toString);
    }

    private static Process start(ControlGroup group, String... command) throws Exception {
        final List<String> words = new ArrayList<>(group.launcher());
        words.addAll(List.of(command));
        return new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static MemoryLimit.Usage withoutBytes(MemoryLimit.Usage usage) {
        return new MemoryLimit.Usage(0, 0, usage.failures(), usage.kills());
    }
}
