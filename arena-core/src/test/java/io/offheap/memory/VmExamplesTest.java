package io.offheap.memory;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.Contents;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples of docs/vm.md, as they stand there: compiled here, and run.
class VmExamplesTest {

    private static final long CHILD_SECONDS = 60;

    @TempDir
    private Path folder;

    private final MemoryDomain domain = MemoryDomain.builder().pressure().capacity(64 << 20).build();
    private final AddressSpace space = domain.newSpace("A");
    private final long page = domain.pageSize();

    @AfterEach
    void close() {
        domain.close();
    }

    // ---- copies of what docs/vm.md shows; everyExampleIsCompiledHere compares

    /// A stack that grows down from `top`; `used` bytes of it mean something while the coroutine waits.
    static void park(AddressSpace stacks, long bottom, long top, long used, long page) {
        final long live = Math.floorDiv(top - used, page) * page;
        if (bottom < live) {
            stacks.freeLazily(bottom, live - bottom);                    // no report, no exception: zeros at worst
        }
    }

    /// Writes one moment of a region to a file, while others go on writing.
    static void backUp(AddressSpace space, long address, long size, Path file) throws IOException {
        try (var snapshot = space.snapshot(); var out = FileChannel.open(file, CREATE, WRITE, TRUNCATE_EXISTING)) {
            final var buffer = ByteBuffer.allocateDirect(1 << 20);
            for (long at = 0; at < size; at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), size - at));
                snapshot.read(address + at, MemorySegment.ofBuffer(buffer));
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
        }
    }

    /// The balance of all accounts, 8 bytes each: transfers that are under way are in it on both sides or on none.
    static long total(AddressSpace space, long address, long accounts) {
        try (var snapshot = space.snapshot()) {
            long total = 0;
            for (long i = 0; i < accounts; i++) {
                total += snapshot.getLong(address + i * Long.BYTES);
            }
            return total;
        }
    }

    /// What this process tells the other one: a path, for as long as the object is open.
    static String publish(SharedObject object, AddressSpace space, long size, long value) {
        space.map(0, size, object, 0, true);
        space.putLong(0, value);
        return object.share();                                           // /proc/<pid>/fd/<n>
    }

    // ---- what they do

    @Test
    void volatileRangesAndSnapshotsDoWhatTheFirstPageShows() {
        space.map(0, 1L << 30);
        space.putLong(4096, 42);
        try (var snapshot = space.snapshot()) {
            space.putLong(4096, 43);
            assertEquals(42, snapshot.getLong(4096));
        }
        space.markVolatile(0, 1 << 20);
        domain.purge(Long.MAX_VALUE);
        assertThrows(BusErrorException.class, () -> space.getLong(4096));
        assertEquals(Contents.PURGED, space.unmarkVolatile(0, 1 << 20));
        assertEquals(0, space.getLong(4096));
    }

    @Test
    void deepPartOfAParkedStackGoesSilentlyAndTheLivePartStays() {
        final long top = 16 * page;
        space.map(0, top);
        for (long at = 0; at < top; at += Long.BYTES) {
            space.putLong(at, at + 1);
        }
        park(space, 0, top, 2 * page + 8, page);                            // the page of those 8 bytes is live as well
        assertEquals(13 * page, domain.purge(Long.MAX_VALUE));
        for (long at = 0; at < top; at += Long.BYTES) {
            assertEquals(at < 13 * page ? 0 : at + 1, space.getLong(at));
        }
        park(space, 0, top, 20 * page, page);
        assertEquals(0, domain.purge(Long.MAX_VALUE));
        space.putLong(8, 7);                                            // and resumes without a word to anybody
        assertEquals(7, space.getLong(8));
    }

    @Test
    void backupIsOfOneMoment() throws IOException {
        final long size = 3 << 20;
        space.map(page, size);
        final var expected = new byte[(int) size];
        for (int i = 0; i < size; i++) {
            expected[i] = (byte) (i * 31 >> 5);
        }
        space.write(page, MemorySegment.ofArray(expected));
        final var file = folder.resolve("backup");
        backUp(space, page, size, file);
        assertArrayEquals(expected, Files.readAllBytes(file));
        assertEquals(size, domain.privateBytes(), "nothing was copied, and nothing is left");
    }

    @Test
    void totalsAreRightWhileAnotherThreadTransfers() throws InterruptedException {
        final int accounts = 2048;
        space.map(0, accounts * (long) Long.BYTES);
        final var lock = new Object();                                  // between two transfers
        for (int i = 0; i < accounts; i++) {
            space.putLong(i * (long) Long.BYTES, 1000);
        }
        final var teller = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 20_000; i++) {
                final long from = i * 7L % accounts * Long.BYTES;
                final long to = i * 13L % accounts * Long.BYTES;
                synchronized (lock) {
                    space.putLong(from, space.getLong(from) - 1);
                    space.putLong(to, space.getLong(to) + 1);
                }
            }
        });
        for (int i = 0; i < 50; i++) {
            final AddressSpace moment;
            synchronized (lock) {
                moment = space.snapshot();
            }
            try (moment) {
                assertEquals(accounts * 1000L, total(moment, 0, accounts));
            }
        }
        teller.join();
        assertEquals(accounts * 1000L, total(space, 0, accounts));
    }

    @Test
    void anotherJvmReadsAndWritesWhatIsPublished() throws Exception {
        final var object = domain.newSharedObject("shared", page);
        final String path = publish(object, space, page, 42);
        final var source = Files.writeString(folder.resolve("Reader.java"),
                examples().stream().filter(example -> example.startsWith("class Reader")).findFirst().orElseThrow());
        final var child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                source.toString(), path).redirectErrorStream(true).start();
        try {
            final var output = new String(child.getInputStream().readAllBytes()).strip();
            assertTrue(child.waitFor(CHILD_SECONDS, TimeUnit.SECONDS));
            assertEquals("42", output);
            assertEquals(43, space.getLong(8));
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void everyExampleIsCompiledHere() throws IOException {
        final String here = squeezed(Files.readString(Path.of("src/test/java/io/offheap/memory/VmExamplesTest.java")));
        final var examples = examples();
        assertEquals(6, examples.size());
        for (final var example : examples.subList(1, examples.size())) {     // the first is a test above, with assertions
            assertTrue(example.startsWith("class Reader") || here.contains(squeezed(example)), example);
        }
    }

    private static List<String> examples() throws IOException {
        final List<String> found = new ArrayList<>();
        final var blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../docs/vm.md")));
        while (blocks.find()) {
            found.add(blocks.group(1));
        }
        return found;
    }

    private static String squeezed(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }
}
