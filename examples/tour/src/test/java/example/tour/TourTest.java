package example.tour;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The tour from the class path and from the module path, in JVMs of its own: not a word on standard error, where the JVM's
/// warnings go too.
class TourTest {

    private static final List<String> EXPECTED = List.of("address: true", "segment: 42", "arena: text", "arena: text", "arena: text",
            "arena: text", "group: 7", "buffer: BIG_ENDIAN 4096", "freed: true", "volatile: to be built again", "given back: true",
            "space: 1 2 3", "shared: 42");

    @TempDir
    Path directory;

    /// {@return where the program and what it needs lie}
    private static String path() throws URISyntaxException {
        final var program = Path.of(Tour.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        final var modules = ModuleLayer.boot().configuration().modules().stream()
                .flatMap(module -> module.reference().location().stream())
                .filter(location -> location.getScheme().equals("file")).map(Path::of);
        return Stream.concat(Stream.of(program), modules).distinct().map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void runs(String... arguments) throws IOException, InterruptedException {
        final var out = directory.resolve("out");
        final var error = directory.resolve("error");
        final var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xlog:disable", "-Xlog:all=warning:stderr", "--illegal-native-access=deny"));
        command.addAll(Arrays.asList(arguments));
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
    void tourRunsFromTheClassPath() throws Exception {
        runs("--enable-native-access=ALL-UNNAMED", "-cp", path(), Tour.class.getName());
    }

    @Test
    @Timeout(120)
    void tourRunsFromTheClassPathOnTheBaseModuleAlone() throws Exception {
        runs("--enable-native-access=ALL-UNNAMED", "--limit-modules", "java.base", "-cp", path(), Tour.class.getName());
    }

    @Test
    @Timeout(120)
    void tourRunsFromTheModulePath() throws Exception {
        runs("--enable-native-access=io.offheap.core", "--module-path", path(), "--module", "example.tour/" + Tour.class.getName());
    }

    @Test
    @Timeout(120)
    void tourRunsFromTheModulePathOnTheBaseModuleAlone() throws Exception {
        runs("--enable-native-access=io.offheap.core", "--limit-modules", "java.base,io.offheap.allocator,example.tour",
                "--module-path", path(), "--module", "example.tour/" + Tour.class.getName());
    }
}
