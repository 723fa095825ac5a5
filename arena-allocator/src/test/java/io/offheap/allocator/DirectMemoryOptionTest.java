package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What bounds direct buffers and automatic arenas of a program that sets no bound of ours: the option that bounds the JDK's.
class DirectMemoryOptionTest {

    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

    @TempDir
    Path directory;

    private List<String> run(List<String> options, int had, int refused) throws Exception {
        return new ChildJvm(directory).runOnClassPath(
                DirectMemoryProgram.class, options, Integer.toString(had), Integer.toString(refused));
    }

    @Test
    void boundBelowTheHeapHoldsForBuffersAndAutomaticArenasAndNothingElse() throws Exception {
        assertEquals(List.of("default 24", "own 1", "buffer refused", "arena refused", "explicit had"),
                run(List.of(NATIVE, "-XX:MaxDirectMemorySize=24m"), 20, 5));
    }

    @Test
    void boundAboveTheHeapLetsBuffersHaveMoreThanTheHeap() throws Exception {
        assertEquals(List.of("default 160", "own 1"), run(List.of(NATIVE, "-XX:MaxDirectMemorySize=160m"), 150, 0));
    }

    @Test
    void withoutTheOptionTheHeapIsTheBound() throws Exception {
        assertEquals(List.of("default heap", "own 1", "buffer refused", "arena refused", "explicit had"),
                run(List.of(NATIVE), 40, 30));
    }

    @Test
    void runtimeThatDoesNotTellOfTheOptionHasTheHeapsBound() throws Exception {
        assertEquals(List.of("default heap", "own 1"),
                run(List.of(NATIVE, "--limit-modules", "java.base", "-XX:MaxDirectMemorySize=24m"), 40, 0));
    }
}
