package io.offheap.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example of the README is a program: it compiles, runs, and does what it says.
class ReadmeExampleTest {

    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void exampleOfTheReadmeRunsWithoutAWarning(@TempDir Path folder) throws Exception {
        final var source = folder.resolve("Example.java");
        Files.writeString(source, firstJavaBlock(readme()));
        final var process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-Xmx64m", "-Xlog:all=warning",
                "-cp", System.getProperty("java.class.path"), source.toString())
                .redirectErrorStream(true).start();
        try {
            final var output = new String(process.getInputStream().readAllBytes());
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
            assertEquals(0, process.exitValue(), output);
            assertTrue(output.contains("scoped: dead after the arena"), output);
            assertTrue(output.contains("BIG_ENDIAN, purged true"), output);
            assertTrue(output.contains("allocator example"), output);
            assertTrue(!output.toLowerCase().contains("warn"), output);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String readme() throws IOException {
        return Files.readString(Path.of("..", "README.md"));
    }

    private static String firstJavaBlock(String text) {
        final var matcher = JAVA_BLOCK.matcher(text);
        assertTrue(matcher.find(), "the README has no java block");
        return matcher.group(1);
    }
}
