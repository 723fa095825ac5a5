package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// What only the kernel can answer; the contract is in [MemoryConformanceTest].
class LinuxMemoryTest {

    private final SystemMemory os = Platform.memory();

    @Test
    void reservationHasNoMemoryAndIsNotChargedBehindIt() {
        final long size = 1L << 40;
        final long start = os.reserve(size);
        RawMemory.putByte(start + size - 1, (byte) 1);
        assertEquals(os.pageSize(), os.residentBytes(start + size - os.pageSize(), os.pageSize()));
        os.release(start, size);
    }

    @Test
    void memoryFileIsNamedInTheMapsAndNotInheritedByChildren() throws IOException {
        final int file = os.createMemoryFile("offheap-named");
        os.resizeFile(file, os.pageSize());
        final long start = os.mapFile(file, 0, os.pageSize(), true);
        final var maps = Files.readString(Path.of("/proc/self/maps"));
        assertTrue(maps.contains("/memfd:offheap-named"));
        final var info = Files.readString(Path.of("/proc/self/fdinfo/" + file));
        assertTrue(info.contains("flags:\t02"), info);                  // O_CLOEXEC, octal
        os.release(start, os.pageSize());
        os.closeFile(file);
    }

    @Test
    void allocatingAndPunchingMoveMemoryAndKeepTheLength() throws Exception {
        final int file = os.createMemoryFile("offheap-length");
        os.resizeFile(file, 5);
        assertEquals("5 0", lengthAndBlocks(file));
        os.allocateFile(file, 0, 4 * os.pageSize());
        assertEquals("5 " + 4 * os.pageSize() / 512, lengthAndBlocks(file));
        os.punchHole(file, 0, os.pageSize());
        assertEquals("5 " + 3 * os.pageSize() / 512, lengthAndBlocks(file));
        os.closeFile(file);
    }

    /// Java tells the length of a file, but not how many blocks of 512 bytes it takes.
    private static String lengthAndBlocks(int file) throws Exception {
        final var path = "/proc/" + ProcessHandle.current().pid() + "/fd/" + file;
        final var stat = new ProcessBuilder("stat", "-L", "-c", "%s %b", path).redirectErrorStream(true).start();
        try (var output = stat.inputReader()) {
            return output.readLine();
        }
    }

    @Test
    void probingKeepsAtMostOneDescriptor() throws IOException {
        final long before = openDescriptors();
        final var another = new LinuxMemory();
        assertEquals(os.advisesInBatches(), another.advisesInBatches());
        assertTrue(openDescriptors() <= before + 1);
    }

    private static long openDescriptors() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }
}
