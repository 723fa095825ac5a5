package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Programs whose Java heap is full: what they call works or throws, and nothing is lost.
class FullHeapTest {

    @TempDir
    Path directory;

    @Test
    void noBlockIsLostWhileTheJavaHeapIsFull() throws Exception {
        run(FullHeapProgram.class);
    }

    @Test
    void noArenaIsLostWhileTheJavaHeapIsFull() throws Exception {
        run(FullHeapArenasProgram.class);
    }

    @Test
    void noSlotThatWaitsIsLostWhileTheJavaHeapIsFull() throws Exception {
        run(Class.forName("io.offheap.allocator.cache.WaitingSlotsProgram"));
    }

    private void run(Class<?> program) throws Exception {
        // without assertions, some of which allocate; the program checks all invariants at its end
        final var options = List.of("-da", "-Xmx8m", "-Xmn1m", "-XX:-UseTLAB", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED");
        final var lines = new ChildJvm(directory).runOnClassPath(program, options);
        lines.forEach(System.out::println);
        assertEquals("done", lines.getLast());
    }
}
