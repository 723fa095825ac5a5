package example.libraries;

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

/// The program from the class path and from the module path, in JVMs of its own: not a word on standard error, where the
/// JVM's warnings go too.
class LibrariesTest {

    private static final List<String> EXPECTED =
            List.of("agrona: 26 grows as it is written", "netty: 42 true", "left: 0", "micrometer: true");

    @TempDir
    Path directory;

    /// {@return where the program and what it needs lie}
    private static String path() throws URISyntaxException {
        final var program = Path.of(Libraries.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        final var modules = ModuleLayer.boot().configuration().modules().stream()
                .flatMap(module -> module.reference().location().stream())
                .filter(location -> location.getScheme().equals("file")).map(Path::of);
        final var others = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).map(Path::of)
                .filter(path -> path.toString().endsWith(".jar") && !path.toString().contains("surefire"));
        return Stream.of(Stream.of(program), modules, others).flatMap(paths -> paths).distinct().map(Path::toString)
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
    void librariesRunFromTheClassPath() throws Exception {
        runs("--enable-native-access=ALL-UNNAMED", "-cp", path(), Libraries.class.getName());
    }

    @Test
    @Timeout(120)
    void librariesRunFromTheModulePath() throws Exception {
        runs("--enable-native-access=io.offheap.core", "--module-path", path(), "--module",
                "example.libraries/" + Libraries.class.getName());
    }
}
