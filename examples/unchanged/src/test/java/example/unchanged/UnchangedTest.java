package example.unchanged;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The program from the class path and from the module path, under the agent that is published: its one line is all there
/// is on standard error, where the JVM's warnings go too.
class UnchangedTest {

    private static final String PROGRAM = Unchanged.class.getName();

    @TempDir
    Path directory;

    private static String agent() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> path.contains("arena-agent")).findFirst().orElseThrow();
    }

    private static String program() throws URISyntaxException {
        return Path.of(Unchanged.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    private void runs(String options, String redirected, String... arguments) throws IOException, InterruptedException {
        final var out = directory.resolve("out");
        final var error = directory.resolve("error");
        final var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xlog:disable", "-Xlog:all=warning:stderr", "--illegal-native-access=deny"));
        command.addAll(List.of("-javaagent:" + agent() + options, "--enable-native-access=ALL-UNNAMED"));
        command.addAll(Arrays.asList(arguments));
        final var process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(error.toFile()).start();
        try {
            assertEquals(0, process.waitFor(), () -> command.toString());
        } finally {
            process.destroyForcibly();
        }
        assertEquals(List.of("42 text"), Files.readAllLines(out));
        assertEquals(List.of("arena-agent: redirected " + redirected + ")"), Files.readAllLines(error));
    }

    @Test
    @Timeout(120)
    void buffersAreRedirectedFromTheClassPath() throws Exception {
        runs("", "2 call sites in 1 classes (ByteBuffer.allocateDirect: 2 sites, 2 calls", "-cp", program(), PROGRAM);
    }

    @Test
    @Timeout(120)
    void buffersAndArenasAreRedirectedFromTheModulePath() throws Exception {
        runs("=arenas=on",
                "3 call sites in 1 classes (ByteBuffer.allocateDirect: 2 sites, 2 calls; Arena.ofConfined: 1 sites, 1 calls",
                "--module-path", program(), "--module", "example.unchanged/" + PROGRAM);
    }
}
