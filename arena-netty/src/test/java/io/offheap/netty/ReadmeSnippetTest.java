package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the README shows compiles, without a warning.
class ReadmeSnippetTest {

    private static final Pattern SNIPPET = Pattern.compile("## With Netty\n.*?```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void snippetCompiles(@TempDir Path folder) throws Exception {
        final var snippet = SNIPPET.matcher(Files.readString(Path.of("..", "README.md")));
        assertTrue(snippet.find(), "the README has no such section");
        final var source = Files.writeString(folder.resolve("WithNetty.java"), snippet.group(1));
        final String path = System.getProperty("java.class.path") + ":" + System.getProperty("jdk.module.path", "");
        final var javac = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(), "-Xlint:all,-path,-classfile",
                "-Werror", "-proc:none", "-cp", path, "-d", folder.toString(), source.toString())
                .redirectErrorStream(true).start();
        assertEquals("", new String(javac.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, javac.waitFor());
    }
}
