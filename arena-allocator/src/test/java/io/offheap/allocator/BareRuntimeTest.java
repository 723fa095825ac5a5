package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The library in a runtime that has the module `java.base` and no other: without management and flight recorder, and
/// without the modules that its own libraries name.
class BareRuntimeTest {

    private static final List<String> EXPECTED =
            List.of("java.base", "listener: CRITICAL", "refused", "allocator offheap", "done");

    @TempDir
    Path directory;

    private List<String> run(List<String> options) throws Exception {
        final var strict = new ArrayList<>(List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny"));
        strict.addAll(options);
        return new ChildJvm(directory).run(strict);
    }

    @Test
    void libraryOnTheClassPathNeedsNothingButTheBaseModule() throws Exception {
        assertEquals(EXPECTED, run(List.of("--limit-modules", "java.base", "--enable-native-access=ALL-UNNAMED",
                "-cp", ChildJvm.library() + File.pathSeparator + ChildJvm.tests(), BareRuntime.class.getName())));
    }

    @Test
    void libraryOnTheModulePathNeedsNothingButTheBaseModule() throws Exception {
        assertEquals(EXPECTED, run(List.of("--limit-modules", "java.base,io.offheap.allocator",
                "--enable-native-access=io.offheap.core", "--module-path", ChildJvm.library(),
                "--patch-module", "io.offheap.allocator=" + ChildJvm.tests(),
                "--module", "io.offheap.allocator/" + BareRuntime.class.getName())));
    }
}
