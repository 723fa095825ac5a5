package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How much memory a program takes that drops its buffers, far below all limits, and how much heap one that keeps them.
class DroppedBuffersTest {

    @TempDir
    Path directory;

    /// A collection costs what the clock says, and the more it costs the more memory is worth one. So a process that gets a part of a processor may
    /// take as much more.
    ///
    /// @param most KiB where nobody else wants the processor
    /// @param said by [DroppedBuffersProgram]
    private static void assertTaken(long most, String said) {
        final var numbers = said.split(" ");
        final long taken = Long.parseLong(numbers[0]);
        final double slower = Math.max(1, Double.parseDouble(numbers[1]) / Double.parseDouble(numbers[2]));
        assertTrue(taken < most * slower, () -> "%s: %d KiB, %.1f times as slow".formatted(said, taken, slower));
    }

    /// 256 MiB of buffers. Where nothing but their own objects fills the young generation, of 16 MiB, all of them are new memory.
    @ParameterizedTest
    @CsvSource({"16384, 16384", "65536, 4096"})
    void droppedBuffersAreFoundBeforeMuchMemoryIsNew(int capacity, int count) throws Exception {
        final var options = List.of("-Xmn16m", "--enable-native-access=ALL-UNNAMED");
        final var lines = new ChildJvm(directory)
                .runOnClassPath(DroppedBuffersProgram.class, options, Integer.toString(capacity), Integer.toString(count));
        assertTaken(96 << 10, lines.getLast());
    }

    /// 16 GiB of buffers. Where the collector runs only when the young generation is full, that comes to hold the objects of more and
    /// more buffers.
    @Test
    void droppedBuffersAreFoundRatherThanMoreAndMoreMemoryTaken() throws Exception {
        final var options = List.of("-Xmn16m", "--enable-native-access=ALL-UNNAMED");
        final var lines = new ChildJvm(directory).runOnClassPath(DroppedBuffersProgram.class, options, "65536", "262144");
        assertTaken(300 << 10, lines.getLast());
    }

    /// In a small heap nearly everything grows old at once, what is dropped at the limit too.
    @ParameterizedTest
    @CsvSource({"Serial, 16", "Serial, 64", "Parallel, 16", "Parallel, 64", "G1, 16", "Z, 16", "Z, 64"})
    void whatHasGrownOldIsFoundAtTheLimit(String collector, int heapMebibytes) throws Exception {
        final var options = List.of("-Xmx" + heapMebibytes + "m", "-XX:-UseSerialGC", "-XX:+Use" + collector + "GC",
                "--enable-native-access=ALL-UNNAMED");
        final var lines = new ChildJvm(directory).runOnClassPath(OldBuffersProgram.class, options);
        assertEquals("done", lines.getLast());
    }

    /// Five eighths of a heap of 64 MiB are garbage for 320 buffers; then it has found nothing, and ends.
    @Test
    void keptBuffersMakeLittleGarbageOnceItHasFoundNothing() throws Exception {
        final var options = List.of("--enable-native-access=ALL-UNNAMED");
        final var lines = new ChildJvm(directory).runOnClassPath(KeptBuffersProgram.class, options, "65536", "1200");
        final long each = Long.parseLong(lines.getLast());
        assertTrue(each < 16 << 10, () -> each + " bytes");
    }
}
