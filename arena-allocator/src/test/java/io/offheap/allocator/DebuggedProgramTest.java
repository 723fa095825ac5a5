package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.offheap.memory.os.PageTraps;
import io.offheap.memory.types.OsException;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The safety kit in processes of its own: one that is told of it by a system property alone, and one whose touches are trapped.
class DebuggedProgramTest {

    @TempDir
    Path directory;

    private List<String> run(String mistake, String... options) throws Exception {
        final var all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--enable-native-access=ALL-UNNAMED",
                "-cp", ChildJvm.library() + File.pathSeparator + ChildJvm.tests(), DebuggedProgram.class.getName(), mistake));
        return new ChildJvm(directory).run(all);
    }

    @Test
    void sharedAllocatorOfAnUnchangedProgramReportsWhenItEnds() throws Exception {
        final var lines = run("leak", "-Dio.offheap.debug=full");
        assertEquals("1234", lines.getFirst());         // and not the size of its slot
        final var report = String.join("\n", lines);
        assertTrue(report.contains("allocator shared: 1 live blocks of 1234 bytes"), report);
        assertTrue(report.contains("DebuggedProgram.leak(DebuggedProgram.java"), report);
    }

    @Test
    void sameProgramSaysNothingWithoutTheProperty() throws Exception {
        assertEquals(List.of("1280", "done"), run("leak"));
    }

    /// Interpreted, where a fault is thrown at the access.
    @Test
    void touchOfAGuardOrFreedPageThrowsAndTheJvmLives() throws Exception {
        assumeTrue(isTrapping(), "userfaultfd is not available here");
        assertEquals(List.of("behind it: InternalError", "freed: InternalError", "done"), run("touch", "-Xint"));
    }

    private static boolean isTrapping() {
        try (var traps = PageTraps.open()) {
            return traps != null;
        } catch (OsException e) {
            return false;
        }
    }
}
