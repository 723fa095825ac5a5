package io.offheap.netty;

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

/// Small JVMs that run a test's program with the library, from the class path.
final class ChildJvm {

    private static final int LONGEST_SECONDS = 180;

    private ChildJvm() {}

    /// {@return what a program prints that ends well}
    ///
    /// @param folder where its output goes
    static String run(Path folder, Class<?> program, String... options) throws Exception {
        final Path out = folder.resolve("out");
        final var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath(), program.getName()));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        try {
            assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), () -> "still running: " + command);
        } finally {
            process.destroyForcibly();
        }
        final String said = Files.readString(out);
        assertEquals(0, process.exitValue(), said);
        return said;
    }

    /// {@return where the library, what it needs, and these tests lie} The tests are patched into the library's module.
    private static String classPath() throws Exception {
        final String self = ChildJvm.class.getName().replace('.', '/') + ".class";
        final String tests = ChildJvm.class.getResource("/" + self).toURI().getPath().replace("/" + self, "");
        final var modules = ModuleLayer.boot().configuration();
        final var library = Stream.of("io.offheap.netty", "io.offheap.allocator", "io.offheap.core", "org.agrona",
                        "org.jctools.core.jdk11", "org.jctools.core", "io.netty.buffer", "io.netty.common")
                .map(name -> modules.findModule(name).orElseThrow().reference().location().orElseThrow())
                .map(location -> Path.of(location).toString());
        return Stream.concat(library, Stream.of(tests)).collect(Collectors.joining(File.pathSeparator));
    }
}
