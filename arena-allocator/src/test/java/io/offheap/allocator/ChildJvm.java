package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A program of the tests in a JVM of its own.
final class ChildJvm {

    /// Some take seconds of a processor, on machines that have much else to do.
    private static final int LONGEST_SECONDS = 180;

    private ChildJvm() {}

    /// {@return where the library and what it needs lie}
    static String library() {
        final var modules = ModuleLayer.boot().configuration();
        return Stream.of("io.offheap.allocator", "io.offheap.core", "org.agrona", "org.jctools.core.jdk11", "org.jctools.core")
                .map(name -> modules.findModule(name).orElseThrow().reference().location().orElseThrow())
                .map(location -> Path.of(location).toString()).collect(Collectors.joining(File.pathSeparator));
    }

    /// {@return where the tests' classes lie} They are patched into the module, so it is not the code source.
    static String tests() throws Exception {
        final var resource = ChildJvm.class.getName().replace('.', '/') + ".class";
        final var url = ChildJvm.class.getResource("/" + resource);
        return url.toURI().getPath().replace("/" + resource, "");
    }

    /// {@return the lines that a JVM prints, on either stream} It must end well.
    ///
    /// @param directory where they may be kept meanwhile
    static List<String> run(Path directory, List<String> options) throws Exception {
        final var out = directory.resolve("out");
        final var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-ea", "--illegal-native-access=deny",
                "--sun-misc-unsafe-memory-access=deny"));
        command.addAll(options);
        final var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        try {
            assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), () -> "still running: " + command);
        } finally {
            process.destroyForcibly();
        }
        final var lines = Files.readAllLines(out);
        assertEquals(0, process.exitValue(), () -> String.join("\n", lines));
        return lines;
    }
}
