package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.FaultReason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Objects and files that other code, other JVMs and the kernel see too.
class SharedObjectTest {

    private static final long CHILD_SECONDS = 60;

    /// A program that maps a file, checks what it finds at one offset, and leaves something at another.
    private static final String CHILD = """
            import java.nio.channels.FileChannel;
            import java.nio.file.Path;
            import java.nio.file.StandardOpenOption;

            class Child {
                public static void main(String[] args) throws Exception {
                    try (var file = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                        switch (args[1]) {
                            case "swap" -> {
                                var map = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size())
                                        .order(java.nio.ByteOrder.nativeOrder());
                                System.out.println(map.getLong(8));
                                map.putLong(4096, 43);
                            }
                            case "truncate" -> {
                                file.truncate(Long.parseLong(args[2]));
                                System.out.println(file.size());
                            }
                        }
                    } catch (java.io.IOException e) {
                        System.out.println("refused");
                    }
                }
            }
            """;

    @TempDir
    private Path folder;

    private final MemoryDomain domain = MemoryDomain.builder().pressure().capacity(16 << 20).build();
    private final AddressSpace space = domain.newSpace("A");
    private final long page = domain.pageSize();

    @AfterEach
    void close() {
        domain.checkInvariants();
        domain.close();
    }

    @Test
    void openMakesNoFile() {
        final var path = folder.resolve("missing");
        assertThrows(NoSuchFileException.class, () -> domain.open(path));
        assertFalse(Files.exists(path));
    }

    @Test
    void anotherJvmSeesTheSameMemory() throws Exception {
        final var object = domain.newSharedObject("shared", 4 * page);
        space.map(0, 4 * page, object, 0, true);
        space.putLong(8, 42);
        assertEquals("42", child(object.share(), "swap"));
        assertEquals(43, space.getLong(4096));
    }

    @Test
    void anotherJvmCannotTruncateSharedMemory() throws Exception {
        final var object = domain.newSharedObject("sealed", 4 * page);
        space.map(0, 4 * page, object, 0, true);
        space.putLong(3 * page, 7);
        assertEquals("refused", child(object.share(), "truncate", "0"));
        assertEquals(7, space.getLong(3 * page));
    }

    @Test
    void marksOfSpacesDoNotPurgeWhatOtherProcessesMayUse() throws Exception {
        final var object = domain.newSharedObject("used", 2 * page);
        space.map(0, 2 * page, object, 0, true);
        space.putLong(0, 1);
        assertEquals("0", child(object.share(), "swap"));
        space.markVolatile(0, 2 * page);
        assertEquals(0, domain.purge(Long.MAX_VALUE));
        object.markVolatile(0, 2 * page);
        assertEquals(2 * page, domain.purge(Long.MAX_VALUE), "also the page that only the other process has written");
        assertEquals(Contents.PURGED, object.unmarkVolatile(0, 2 * page));
        assertEquals(Contents.PURGED, space.unmarkVolatile(0, 2 * page));
        assertEquals(0, space.getLong(4096));
    }

    @Test
    void fileThatAnotherJvmTruncatesIsABusErrorAndTheJvmLives() throws Exception {
        final var object = domain.open(newFile(4));
        space.map(0, 4 * page, object, 0, true);
        assertEquals(0x0303030303030303L, space.getLong(2 * page));
        assertEquals(String.valueOf(page), child(folder.resolve("file").toString(), "truncate", String.valueOf(page)));
        for (int i = 0; i < 100_000; i++) {                             // long enough to be compiled
            final var fault = assertThrows(BusErrorException.class, () -> space.getLong(2 * page + 8));
            assertEquals(FaultReason.TRUNCATED, fault.reason());
            assertEquals(2 * page + 8, fault.address());
        }
        assertThrows(BusErrorException.class, () -> space.putLong(page, 1));
        assertThrows(BusErrorException.class, () -> space.read(0, MemorySegment.ofArray(new byte[(int) (2 * page)])));
        assertThrows(BusErrorException.class, () -> space.write(page, MemorySegment.ofArray(new byte[1])));
        assertEquals(page, Files.size(folder.resolve("file")), "a refused write must not make the file longer");
        assertEquals(0x0101010101010101L, space.getLong(0));
    }

    @Test
    void channelsAndMappingsOfAFileAreCoherentBothWays() throws IOException {
        final var object = domain.open(newFile(3));
        final var other = domain.newSpace("B");
        space.map(0, 3 * page, object, 0, true);
        other.map(5 * page, page, object, 2 * page, true);
        final var copy = domain.newSpace("C");
        copy.map(0, 3 * page, object, 0, false);
        try (var channel = FileChannel.open(folder.resolve("file"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {9}), 2 * page);
            assertEquals(9, space.getByte(2 * page));
            assertEquals(9, other.getByte(5 * page));
            other.putByte(5 * page + 1, (byte) 8);
            final var read = ByteBuffer.allocate(2);
            channel.read(read, 2 * page);
            assertEquals(8, read.get(1));
            copy.putByte(2 * page, (byte) 7);
            channel.write(ByteBuffer.wrap(new byte[] {6, 6}), 2 * page);
            assertEquals(7, copy.getByte(2 * page));
            assertEquals(8, copy.getByte(2 * page + 1), "a private copy is of the moment of the first write");
            assertEquals(6, space.getByte(2 * page + 1));
            final var mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 3 * page);
            mapped.put(0, (byte) 5);
            assertEquals(5, space.getByte(0));
            space.putByte(1, (byte) 4);
            assertEquals(4, mapped.get(1));
        }
    }

    @Test
    void purgedFileLosesItsBytesAndTellsEveryMapper() throws IOException {
        final var object = domain.open(newFile(2));
        space.map(0, 2 * page, object, 0, true);
        space.markVolatile(0, 2 * page);
        assertEquals(0, domain.purge(Long.MAX_VALUE), "other processes may have it mapped");
        object.markVolatile(page, page);
        assertEquals(page, domain.purge(Long.MAX_VALUE));
        assertThrows(BusErrorException.class, () -> space.getByte(page));
        assertEquals(Contents.PURGED, object.unmarkVolatile(page, page));
        assertEquals(Contents.PURGED, space.unmarkVolatile(0, 2 * page));
        assertEquals(0, space.getByte(page));
        assertEquals(2 * page, Files.size(folder.resolve("file")));
        assertEquals(0, Files.readAllBytes(folder.resolve("file"))[(int) page]);
    }

    @Test
    void lastPartOfAPageBehindTheEndReadsAsZero() throws IOException {
        Files.write(folder.resolve("file"), new byte[] {1, 2, 3});
        final var object = domain.open(folder.resolve("file"));
        assertEquals(page, object.size());
        space.map(0, 2 * page, object, 0, true);
        assertEquals(3, space.getByte(2));
        assertEquals(0, space.getByte(3));
        assertThrows(BusErrorException.class, () -> space.getByte(page));
    }

    @Test
    void fileThatIsNotMappedCannotBePinned() throws IOException {
        final var object = domain.open(newFile(2));
        space.map(0, page, object, 0, true);
        space.map(page, page, object, page, false);
        assertThrows(IllegalArgumentException.class, () -> space.pin(0, page));
        try (var pin = space.pin(page, page)) {
            assertEquals(1, pin.segments().size());
        }
        assertEquals(0x0202020202020202L, space.getLong(page));
    }

    /// A fork shares the node of the page table in which the page is emptied for both.
    @Test
    void forkOfAWholeNodeLosesTheSamePageOfAnObject() {
        final int pages = 512;
        final var object = domain.newSharedObject("whole", pages * page);
        try (var space = domain.newSpace("parent")) {
            space.map(0, pages * page, object, 0, true);
            for (int i = 0; i < pages; i++) {
                space.putLong(i * page, 7);
            }
            assertEquals(7, space.getLong(page));
            try (var child = space.fork("child")) {
                assertEquals(7, child.getLong(page));
                assertEquals(7, space.getLong(page));
                object.markVolatile(page, page);
                assertEquals(page, domain.purge(page));
                assertThrows(BusErrorException.class, () -> space.getLong(page));
                assertThrows(BusErrorException.class, () -> child.getLong(page));
                object.truncate(page);
                assertThrows(BusErrorException.class, () -> child.getLong(2 * page));
                assertThrows(BusErrorException.class, () -> space.getLong(2 * page));
                assertThrows(BusErrorException.class, () -> space.putLong(2 * page, 1));
                domain.checkInvariants();
            }
        }
        object.close();
    }

    @Test
    void mappedObjectIsNotClosed() {
        final var object = domain.newSharedObject("kept", page);
        space.map(0, page, object, 0, true);
        assertThrows(IllegalStateException.class, object::close);
        assertFalse(object.endMarks());
        space.unmap(0, page);
        assertTrue(object.endMarks());
        object.close();
        object.close();
        assertThrows(IllegalStateException.class, () -> space.map(0, page, object, 0, true));
        assertThrows(IllegalStateException.class, object::size);
    }

    @Test
    void objectOfAnotherDomainIsRefused() {
        try (var other = MemoryDomain.builder().pressure().capacity(1 << 20).build()) {
            final var object = other.newSharedObject("foreign", page);
            assertThrows(IllegalArgumentException.class, () -> space.map(0, page, object, 0, true));
        }
    }

    @Test
    void objectThatGrowsKeepsWhatIsMapped() {
        final var object = domain.newSharedObject("growing", page);
        space.map(0, 100 * page, object, 0, true);
        space.putLong(0, 1);
        object.truncate(100 * page);
        space.putLong(99 * page, 2);
        space.putLong(0, 3);
        final var read = MemorySegment.ofArray(new long[(int) (page / Long.BYTES)]);
        object.readPage(0, read);
        assertEquals(3, read.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(2, space.getLong(99 * page));
    }

    /// {@return a file whose pages are filled with 1, 2, 3, ...}
    private Path newFile(int pages) throws IOException {
        final byte[] bytes = new byte[(int) (pages * page)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i / page + 1);
        }
        return Files.write(folder.resolve("file"), bytes);
    }

    private String child(String... arguments) throws Exception {
        final var source = Files.writeString(folder.resolve("Child.java"), CHILD);
        final var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), source.toString()));
        command.addAll(List.of(arguments));
        final var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            final var output = new String(process.getInputStream().readAllBytes());
            assertTrue(process.waitFor(CHILD_SECONDS, TimeUnit.SECONDS), output);
            return output.strip();
        } finally {
            process.destroyForcibly();
        }
    }
}
