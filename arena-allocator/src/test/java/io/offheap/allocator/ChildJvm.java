package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Small JVMs that run a test's program with the library.
///
/// @param directory where their output goes
record ChildJvm(Path directory) {

    /// Some take seconds of a processor, on machines that have much else to do.
    private static final int LONGEST_SECONDS = 180;

    /// {@return where the library and what it needs lie}
    static String library() {
        final var modules = ModuleLayer.boot().configuration();
        return Stream.of("io.offheap.allocator", "io.offheap.core", "org.agrona", "org.jctools.core.jdk11", "org.jctools.core")
                .map(name -> modules.findModule(name).orElseThrow().reference().location().orElseThrow())
                .map(location -> Path.of(location).toString()).collect(Collectors.joining(File.pathSeparator));
    }

    /// {@return where the programs lie} The tests' classes are patched into the module, so their place is not the code source.
    static String tests() throws URISyntaxException {
        final var resource = ChildJvm.class.getName().replace('.', '/') + ".class";
        final var url = ChildJvm.class.getResource("/" + resource);
        return url.toURI().getPath().replace("/" + resource, "");
    }

    /// {@return what a program prints that ends well}
    ///
    /// @param options of the JVM, with the program at the end
    List<String> run(List<String> options) throws Exception {
        return run(List.of(), options);
    }

    /// {@return what a program prints that ends well}
    ///
    /// @param launcher what starts the JVM, with its own arguments
    /// @param options  of the JVM, with the program at the end
    List<String> run(List<String> launcher, List<String> options) throws Exception {
        final var out = directory.resolve("out");
        final var command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-ea"));
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

    /// {@return what a program prints that is run from the class path with less than a process usually has, and ends well}
    ///
    /// @param limit options of the shell's `ulimit`, for example `-v 4194304`
    List<String> runLimited(String limit, Class<?> program, String... arguments) throws Exception {
        final var all = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:CompressedClassSpaceSize=32m", "-XX:ReservedCodeCacheSize=32m",
                "--enable-native-access=ALL-UNNAMED", "-cp", library() + File.pathSeparator + tests(), program.getName()));
        all.addAll(List.of(arguments));
        return run(List.of("sh", "-c", "ulimit " + limit + " && exec \"$@\"", "sh"), all);
    }

    /// {@return what a program prints that is run from the class path and ends well}
    List<String> runOnClassPath(Class<?> program, List<String> options, String... arguments) throws Exception {
        final var all = new ArrayList<>(options);
        all.addAll(List.of("-cp", library() + File.pathSeparator + tests(), program.getName()));
        all.addAll(List.of(arguments));
        return run(all);
    }

    /// {@return what a program prints that is run from the module path, as a part of the allocator, and ends well}
    List<String> runOnModulePath(Class<?> program, List<String> options) throws Exception {
        final var all = new ArrayList<>(options);
        all.addAll(List.of("--module-path", library(), "--patch-module", "io.offheap.allocator=" + tests(),
                "--module", "io.offheap.allocator/" + program.getName()));
        return run(all);
    }
}
