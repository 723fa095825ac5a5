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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The library in a runtime that has the module `java.base` and no other: without management and flight recorder, and
/// without the modules that its own libraries name.
class BareRuntimeTest {

    private static final List<String> EXPECTED =
            List.of("java.base", "listener: CRITICAL", "refused", "allocator offheap", "done");

    @TempDir
    Path directory;

    /// {@return where the library and what it needs lie}
    private static String library() {
        final var modules = ModuleLayer.boot().configuration();
        return Stream.of("io.offheap.allocator", "io.offheap.core", "org.agrona", "org.jctools.core.jdk11", "org.jctools.core")
                .map(name -> modules.findModule(name).orElseThrow().reference().location().orElseThrow())
                .map(location -> Path.of(location).toString()).collect(Collectors.joining(File.pathSeparator));
    }

    /// The tests' classes are patched into the module, so their place is not the code source.
    private static String tests() throws Exception {
        final var resource = BareRuntime.class.getName().replace('.', '/') + ".class";
        final var url = BareRuntime.class.getResource("/" + resource);
        return url.toURI().getPath().replace("/" + resource, "");
    }

    private List<String> run(List<String> options) throws Exception {
        final var out = directory.resolve("out");
        final var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-ea", "--illegal-native-access=deny",
                "--sun-misc-unsafe-memory-access=deny"));
        command.addAll(options);
        final var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "still running: " + command);
        } finally {
            process.destroyForcibly();
        }
        final var lines = Files.readAllLines(out);
        assertEquals(0, process.exitValue(), () -> String.join("\n", lines));
        return lines;
    }

    @Test
    void libraryOnTheClassPathNeedsNothingButTheBaseModule() throws Exception {
        assertEquals(EXPECTED, run(List.of("--limit-modules", "java.base", "--enable-native-access=ALL-UNNAMED",
                "-cp", library() + File.pathSeparator + tests(), BareRuntime.class.getName())));
    }

    @Test
    void libraryOnTheModulePathNeedsNothingButTheBaseModule() throws Exception {
        assertEquals(EXPECTED, run(List.of("--limit-modules", "java.base,io.offheap.allocator",
                "--enable-native-access=io.offheap.core", "--module-path", library(),
                "--patch-module", "io.offheap.allocator=" + tests(),
                "--module", "io.offheap.allocator/" + BareRuntime.class.getName())));
    }
}
