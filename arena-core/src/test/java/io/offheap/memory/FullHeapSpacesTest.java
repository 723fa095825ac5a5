package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Address spaces in a program whose Java heap is full: an operation works or throws, and every structure stays whole.
class FullHeapSpacesTest {

    private static final int ROUNDS = 25;
    private static final int MINUTES = 10;                              // on a machine with much else to do; alone, half a minute each

    @TempDir
    private Path directory;

    private static String locationOf(Class<?> type) {
        return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
    }

    @Test
    void operationsWithoutJavaHeapLeaveEverythingWhole() throws IOException, InterruptedException {
        run(FullHeapSpacesProgram.class, String.valueOf(ROUNDS));
    }

    @Test
    void rangesAreChangedAsAWholeOrNotAtAll() throws IOException, InterruptedException {
        run(FullHeapRangesProgram.class);
    }

    private void run(Class<?> program, String... arguments) throws IOException, InterruptedException {
        final var output = directory.resolve("output");
        // without assertions, some of which allocate; the program checks all invariants after each operation
        final var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-da", "-Xmx12m", "-Xmn1m", "-XX:+UseSerialGC", "-XX:-UseTLAB", "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED", "-cp",
                String.join(":", locationOf(MemoryDomain.class), locationOf(program), locationOf(Agent.class)), program.getName()));
        command.addAll(List.of(arguments));
        final var child = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            final boolean ended = child.waitFor(MINUTES, TimeUnit.MINUTES);
            final List<String> lines = Files.readAllLines(output);
            lines.forEach(System.out::println);
            assertEquals("true done", ended + " " + (lines.isEmpty() ? "" : lines.getLast()));
        } finally {
            child.destroyForcibly();
        }
    }
}
