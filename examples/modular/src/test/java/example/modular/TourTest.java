package example.modular;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The tour from the module path, in JVMs of its own: not a word on standard error.
class TourTest {

    private static final List<String> EXPECTED = List.of("explicit: 42", "raw: true", "scoped: text", "buffer: BIG_ENDIAN 4096",
            "volatile: to be built again", "given back: true");

    @TempDir
    Path directory;

    /// {@return where the modules of the program lie}
    private static String modulePath() {
        return ModuleLayer.boot().configuration().modules().stream()
                .flatMap(module -> module.reference().location().stream())
                .filter(location -> location.getScheme().equals("file")).map(location -> Path.of(location).toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void runs(String... options) throws Exception {
        final var out = directory.resolve("out");
        final var error = directory.resolve("error");
        final var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(options));
        command.addAll(List.of("--module-path", modulePath(), "--module", "example.modular/" + Tour.class.getName()));
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
        runs("--enable-native-access=io.offheap.core");
    }

    @Test
    @Timeout(120)
    void tourNeedsTheBaseModuleOnly() throws Exception {
        runs("--enable-native-access=io.offheap.core", "--limit-modules", "java.base,io.offheap.allocator,example.modular");
    }
}
