package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The library in class loaders that come and go, while threads stay.
class ReloadTest {

    @TempDir
    Path directory;

    @Test
    void threadsKeepNoClassLoaderOfALibraryThatWasClosed() throws Exception {
        final var lines = new ChildJvm(directory).runOnClassPath(ReloadedProgram.class,
                List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-Xmx128m"));
        assertEquals("left: 0", lines.getLast(), lines::toString);
    }
}
