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

/// The examples of the README are programs: they compile, run, and do what they say.
class ReadmeExampleTest {

    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void firstExampleAllocatesAndFrees(@TempDir Path folder) throws Exception {
        assertPrints(folder, "Example", "scoped: dead after the arena", "BIG_ENDIAN, purged true", "allocator example");
    }

    @Test
    void arenasOfTheReadmeStandInForTheJdks(@TempDir Path folder) throws Exception {
        assertPrints(folder, "Service", "3\nfor any thread\n1048576 0\n");
    }

    @Test
    void buffersOfTheReadmeStandInForTheJdks(@TempDir Path folder) throws Exception {
        assertPrints(folder, "Buffers", "42\ntrue\n");
    }

    @Test
    void dependencyOfTheReadmeIsTheVersionThatIsBuilt() throws IOException {
        final var built = Pattern.compile("<artifactId>arena-parent</artifactId><version>(.*?)</version>")
                .matcher(Files.readString(Path.of("pom.xml")));
        assertTrue(built.find());
        assertTrue(readme().contains("<version>" + built.group(1) + "</version>"), built::group);
    }

    /// Runs the block with a class, without a warning.
    private static void assertPrints(Path folder, String className, String... expected) throws Exception {
        final var source = folder.resolve(className + ".java");
        Files.writeString(source, javaBlock(readme(), className));
        final var process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-Xmx64m", "-Xlog:all=warning",
                "-cp", System.getProperty("java.class.path"), source.toString())
                .redirectErrorStream(true).start();
        try {
            final var output = new String(process.getInputStream().readAllBytes());
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
            assertEquals(0, process.exitValue(), output);
            for (final var part : expected) {
                assertTrue(output.contains(part), output);
            }
            assertTrue(!output.toLowerCase().contains("warn"), output);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String readme() throws IOException {
        return Files.readString(Path.of("..", "README.md"));
    }

    private static String javaBlock(String text, String className) {
        return JAVA_BLOCK.matcher(text).results().map(found -> found.group(1))
                .filter(block -> block.contains("class " + className + " {"))
                .findFirst().orElseThrow(() -> new AssertionError("the README has no java block with class " + className));
    }
}
