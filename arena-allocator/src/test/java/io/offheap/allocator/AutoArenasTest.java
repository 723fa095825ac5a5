package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A program that opens automatic arenas faster than the JDK's cleaner can tell of their ends.
class AutoArenasTest {

    @TempDir
    Path directory;

    @Test
    void heapIsNotFilledByArenasThatHaveEnded() throws Exception {
        final var options = List.of("-Xmx24m", "--enable-native-access=ALL-UNNAMED");
        final var lines = new ChildJvm(directory).runOnClassPath(AutoArenasProgram.class, options);
        assertEquals("done", lines.getLast());
    }
}
