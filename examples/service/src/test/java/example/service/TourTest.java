package example.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The tour from the class path, in JVMs of its own: not a word on standard error.
class TourTest {

    private static final List<String> EXPECTED = List.of("explicit: 42", "raw: true", "scoped: text", "buffer: BIG_ENDIAN 4096",
            "volatile: to be built again", "given back: true");

    @TempDir
    Path directory;

    private void runs(String... options) throws Exception {
        final var out = directory.resolve("out");
        final var error = directory.resolve("error");
        final var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Tour.class.getName()));
        final var process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(error.toFile()).start();
        try {
            assertEquals(0, process.waitFor(), () -> command.toString());
        } finally {
            process.destroyForcibly();
        }
        assertEquals(List.of(), Files.readAllLines(error));
        assertEquals(EXPECTED, Files.readAllLines(out));
    }

    @Test
    @Timeout(120)
    void tourRunsWithoutAWarning() throws Exception {
        runs("--enable-native-access=ALL-UNNAMED");
    }

    @Test
    @Timeout(120)
    void tourNeedsTheBaseModuleOnly() throws Exception {
        runs("--enable-native-access=ALL-UNNAMED", "--limit-modules", "java.base");
    }
}
