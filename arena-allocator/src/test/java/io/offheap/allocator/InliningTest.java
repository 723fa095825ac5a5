package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whether the fast paths fit into what the JIT inlines: calls nested so deep, and so many nodes a method. Beyond, a pair costs twice as
/// much and more, in a loop that nobody has measured (docs/performance.md).
class InliningTest {

    @TempDir
    Path directory;

    @Test
    void pairsAreCompiledInOnePieceWithALoopSomeCallsAway() throws Exception {
        // compiled by the optimising JIT alone, and while the program waits: so what it prints does not depend on the machine's load;
        // what is compiled already when its caller is may be inlined all the same
        final var options = List.of("-da", "--enable-native-access=ALL-UNNAMED", "-Xbatch", "-XX:-TieredCompilation",
                "-XX:InlineSmallCode=100000", "-XX:+UnlockDiagnosticVMOptions", "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=PrintInlining," + InliningProgram.class.getName() + "::loop");
        final var lines = new ChildJvm(directory).runOnClassPath(InliningProgram.class, options);
        assertEquals("done", lines.getLast());
        final var calls = lines.stream().filter(line -> line.contains("@")).toList();
        assertTrue(calls.stream().filter(call -> call.contains("ThreadCache::push ") && call.contains("inline (hot)")).count() >= 2,
                () -> String.join("\n", lines));
        assertEquals(List.of(), calls.stream()
                .filter(call -> call.contains("NodeCountInliningCutoff") || call.contains("inlining too deep"))
                .toList());
    }
}
