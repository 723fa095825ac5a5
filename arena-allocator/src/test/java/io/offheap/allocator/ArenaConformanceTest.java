package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of `java.lang.foreign.Arena`, line by line, on the JDK's arenas and on ours.
@Tag("portable")
class ArenaConformanceTest {

    enum Kind {
        JDK_CONFINED(_ -> Arena.ofConfined(), true, false),
        JDK_SHARED(_ -> Arena.ofShared(), true, true),
        JDK_AUTO(_ -> Arena.ofAuto(), false, true),
        JDK_GLOBAL(_ -> Arena.global(), false, true),
        CONFINED(test -> test.allocator.ofConfined(), true, false),
        SHARED(test -> test.allocator.ofShared(), true, true),
        AUTO(test -> test.allocator.ofAuto(), false, true),
        GLOBAL(test -> test.allocator.global(), false, true),
        /// Members of a batch of one: its end is theirs.
        GROUP(test -> test.group.ofShared(), true, true);

        private final Function<ArenaConformanceTest, Arena> open;
        private final boolean closeable;
        private final boolean shared;

        Kind(Function<ArenaConformanceTest, Arena> open, boolean closeable, boolean shared) {
            this.open = open;
            this.closeable = closeable;
            this.shared = shared;
        }

        boolean isGlobal() {
            return this == GLOBAL || this == JDK_GLOBAL;
        }
    }

    /// Portable pages take the memory of an aligned block too, and so does the JDK.
    private static final long MOST_ALIGNMENT = "portable".equals(System.getProperty("io.offheap.pages")) ? 1 << 25 : 1 << 30;

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().build();
    private final ArenaGroup group = allocator.sharedGroup(1);
    private boolean groupClosed;

    @AfterEach
    void close() {
        if (!groupClosed) {
            group.close();
        }
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private Arena open(Kind kind) {
        return kind.open.apply(this);
    }

    private static void end(Kind kind, Arena arena) {
        if (kind.closeable) {
            arena.close();
        }
    }

    /// {@return what a call throws on another thread, null if nothing}
    private static Throwable thrownElsewhere(Runnable call) throws InterruptedException {
        final var task = new FutureTask<>(call, null);
        Thread.ofPlatform().start(task).join();
        try {
            task.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    @ParameterizedTest
    @EnumSource
    void segmentsAreZeroHaveTheirSizeAndTheirBounds(Kind kind) {
        for (int round = 0; round < 3; round++) {
            final var arena = open(kind);
            for (final long size : new long[] {1, 7, 64, 100, 512, 1000, 4096, 5000, 14_337, 70_000, 1_000_000}) {
                final var segment = arena.allocate(size);
                assertEquals(size, segment.byteSize());
                assertEquals(-1, segment.mismatch(MemorySegment.ofArray(new byte[(int) size])), () -> kind + ", " + size);
                assertTrue(segment.isNative());
                assertFalse(segment.isReadOnly());
                assertFalse(segment.isMapped());
                segment.fill((byte) 0x99);
                assertThrows(IndexOutOfBoundsException.class, () -> segment.get(ValueLayout.JAVA_BYTE, size));
                assertThrows(IndexOutOfBoundsException.class, () -> segment.get(ValueLayout.JAVA_BYTE, -1));
            }
            end(kind, arena);
        }
    }

    @ParameterizedTest
    @EnumSource
    void segmentsAreAlignedAndDisjoint(Kind kind) {
        final long seed = 0xa11e;
        final var random = new SplittableRandom(seed);
        final var arena = open(kind);
        final var segments = new ArrayList<MemorySegment>();
        for (int i = 0; i < 300; i++) {
            final long size = random.nextLong(0, 1L << random.nextInt(1, 15));
            final long alignment = 1L << random.nextInt(0, i % 50 == 0 ? 22 : 14);
            final var segment = arena.allocate(size, alignment);
            assertEquals(0, segment.address() % alignment, () -> kind + ", seed " + seed + ": " + segment);
            assertEquals(size, segment.byteSize());
            segment.fill((byte) i);
            segments.add(segment);
        }
        for (int i = 0; i < segments.size(); i++) {
            for (long at = 0; at < segments.get(i).byteSize(); at++) {
                assertEquals((byte) i, segments.get(i).get(ValueLayout.JAVA_BYTE, at), kind + ", seed " + seed);
            }
        }
        end(kind, arena);
    }

    /// Not promised by the JDK, but so there, and programs rely on it.
    @ParameterizedTest
    @EnumSource
    void segmentForWhichNoAlignmentIsAskedTakesEveryValueThatFits(Kind kind) {
        final var arena = open(kind);
        for (int i = 0; i < 200; i++) {
            arena.allocate(1 + i % 7, 1);
            assertEquals(i, arena.allocateFrom("x".repeat(i)).getString(0).length());
            arena.allocate(Integer.BYTES).set(ValueLayout.JAVA_INT, 0, i);
            arena.allocate(Long.BYTES).set(ValueLayout.JAVA_LONG, 0, i);
            final var segment = arena.allocate(2 * Long.BYTES + i);
            assertEquals(0, segment.address() % (2 * Long.BYTES), () -> kind + ": " + segment);
        }
        end(kind, arena);
    }

    @ParameterizedTest
    @EnumSource
    void emptySegmentsHaveAddressesOfTheirOwn(Kind kind) {
        final var arena = open(kind);
        final var addresses = new HashSet<Long>();
        for (int i = 0; i < 500; i++) {
            final var segment = arena.allocate(0);
            assertEquals(0, segment.byteSize());
            assertNotEquals(0, segment.address());
            assertTrue(addresses.add(segment.address()));
            assertEquals(0, arena.allocate(0, 256).address() % 256);
        }
        end(kind, arena);
    }

    @ParameterizedTest
    @EnumSource
    void badArgumentsAreRefused(Kind kind) {
        final var arena = open(kind);
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(-1));
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(Long.MIN_VALUE, 8));
        for (final long alignment : new long[] {0, -1, 3, 24, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> arena.allocate(8, alignment));
            assertThrows(IllegalArgumentException.class, () -> arena.allocate(0, alignment));
        }
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(ValueLayout.JAVA_LONG, -1));
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(ValueLayout.JAVA_LONG, Long.MAX_VALUE));
        assertThrows(NullPointerException.class, () -> arena.allocate(null));
        assertThrows(NullPointerException.class, () -> arena.allocateFrom((String) null));
        assertEquals(8, arena.allocate(8).byteSize());
        end(kind, arena);
    }

    @ParameterizedTest
    @EnumSource
    void whatCannotBeHadIsAnOutOfMemoryError(Kind kind) {
        final var arena = open(kind);
        assertThrows(OutOfMemoryError.class, () -> arena.allocate(Long.MAX_VALUE));
        assertThrows(OutOfMemoryError.class, () -> arena.allocate(Long.MAX_VALUE - 7, 1L << 20));
        assertThrows(OutOfMemoryError.class, () -> arena.allocate(1, 1L << 62));
        assertThrows(OutOfMemoryError.class, () -> arena.allocate(1L << 60, 1L << 60));
        assertEquals(8, arena.allocate(8).byteSize());
        end(kind, arena);
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK_CONFINED", "JDK_SHARED", "CONFINED", "SHARED", "GROUP"})
    void nothingIsAccessibleAfterTheClose(Kind kind) {
        final var arena = open(kind);
        final var segment = arena.allocate(100, 8);
        final var large = arena.allocate(1 << 20);
        final var slice = segment.asSlice(10, 10);
        final var buffer = segment.asByteBuffer();
        final var readOnly = segment.asReadOnly();
        assertTrue(arena.scope().isAlive());
        arena.close();
        assertFalse(arena.scope().isAlive());
        assertFalse(slice.scope().isAlive());
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, () -> large.set(ValueLayout.JAVA_INT, 4096, 1));
        assertThrows(IllegalStateException.class, () -> slice.set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
        assertThrows(IllegalStateException.class, () -> readOnly.get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, () -> segment.fill((byte) 1));
        assertThrows(IllegalStateException.class, () -> MemorySegment.copy(segment, 0, MemorySegment.ofArray(new byte[1]), 0, 1));
        assertThrows(IllegalStateException.class, () -> buffer.get(0));
        assertThrows(IllegalStateException.class, () -> segment.toArray(ValueLayout.JAVA_BYTE));
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK_CONFINED", "JDK_SHARED", "CONFINED", "SHARED", "GROUP"})
    void closedArenaRefusesAndCloseIsNotIdempotent(Kind kind) {
        final var arena = open(kind);
        arena.allocate(10);
        arena.close();
        assertThrows(IllegalStateException.class, () -> arena.allocate(10));
        assertThrows(IllegalStateException.class, () -> arena.allocate(0));
        assertThrows(IllegalStateException.class, () -> arena.allocate(1 << 20));
        assertThrows(IllegalStateException.class, () -> arena.allocateFrom("text"));
        assertThrows(IllegalStateException.class, () -> arena.allocate(Long.MAX_VALUE));
        assertThrows(IllegalStateException.class, arena::close);
        assertThrows(IllegalStateException.class, arena::close);
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(-1));
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(1, 3));
    }

    /// What programs hang on the end of an arena: each action once, though one throws, when nothing is accessible or to be had any more.
    @ParameterizedTest
    @EnumSource(names = {"JDK_CONFINED", "JDK_SHARED", "CONFINED", "SHARED", "GROUP"})
    void actionsRunOnceAtTheEnd(Kind kind) {
        final var arena = open(kind);
        final var segment = arena.allocate(100);
        final var ran = new ArrayList<String>();
        Actions.atTheEnd(arena, () -> {
            assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
            ran.add("accessed");
        });
        Actions.atTheEnd(arena, () -> {
            throw new IllegalCallerException("on purpose");
        });
        Actions.atTheEnd(arena, () -> {
            assertThrows(IllegalStateException.class, () -> arena.allocate(1));
            assertThrows(IllegalStateException.class, arena::close);
            ran.add("allocated and closed");
        });
        assertEquals(List.of(), ran);
        assertEquals("on purpose", assertThrows(IllegalCallerException.class, arena::close).getMessage());
        assertEquals(Set.of("accessed", "allocated and closed"), Set.copyOf(ran));
        assertEquals(2, ran.size());
        assertFalse(arena.scope().isAlive());
        assertThrows(IllegalStateException.class, arena::close);
        assertEquals(2, ran.size());
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK_AUTO", "JDK_GLOBAL", "AUTO", "GLOBAL"})
    void arenaWithoutAnEndIsNotClosed(Kind kind) {
        final var arena = open(kind);
        final var segment = arena.allocate(10);
        assertThrows(UnsupportedOperationException.class, arena::close);
        assertTrue(arena.scope().isAlive());
        segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        assertEquals(1, segment.get(ValueLayout.JAVA_BYTE, 0));
        assertEquals(10, arena.allocate(10).byteSize());
    }

    @ParameterizedTest
    @EnumSource
    void otherThreadsMayAllocateAccessAndCloseOrNoneMay(Kind kind) throws Exception {
        final var arena = open(kind);
        final var segment = arena.allocate(16);
        final Class<?> refusal = kind.shared ? null : WrongThreadException.class;
        assertEquals(refusal, typeOf(thrownElsewhere(() -> arena.allocate(10))));
        assertEquals(refusal, typeOf(thrownElsewhere(() -> arena.allocate(100_000))));
        assertEquals(refusal, typeOf(thrownElsewhere(() -> segment.set(ValueLayout.JAVA_INT, 0, 7))));
        assertEquals(kind.shared ? 7 : 0, segment.get(ValueLayout.JAVA_INT, 0));
        assertEquals(IllegalArgumentException.class, typeOf(thrownElsewhere(() -> arena.allocate(-1))));
        assertTrue(segment.isAccessibleBy(Thread.currentThread()));
        assertEquals(kind.shared, segment.isAccessibleBy(new Thread()));
        if (kind.closeable) {
            assertEquals(refusal, typeOf(thrownElsewhere(arena::close)));
            assertEquals(!kind.shared, arena.scope().isAlive());
            if (!kind.shared) {
                assertEquals(10, arena.allocate(10).byteSize());
                arena.close();
            }
        }
    }

    private static Class<?> typeOf(Throwable thrown) {
        return thrown == null ? null : thrown.getClass();
    }

    @ParameterizedTest
    @EnumSource
    void scopeIsThatOfItsSegmentsAndOfNobodyElse(Kind kind) {
        final var arena = open(kind);
        final var other = open(kind);
        assertEquals(arena.scope(), arena.allocate(10).scope());
        assertEquals(arena.scope(), arena.allocate(100_000, 64).asSlice(5).scope());
        assertEquals(arena.scope(), MemorySegment.ofBuffer(arena.allocate(10).asByteBuffer()).scope());
        assertSame(arena.scope(), arena.scope());
        assertEquals(kind.isGlobal(), arena.scope().equals(other.scope()));
        assertEquals(kind.isGlobal(), arena.scope().equals(Arena.global().scope()));
        end(kind, arena);
        end(kind, other);
    }

    @ParameterizedTest
    @EnumSource
    void otherArenaOfTheKindLivesOn(Kind kind) {
        final var outer = open(kind);
        final var kept = outer.allocate(2000);
        kept.fill((byte) 3);
        for (int i = 0; i < 100; i++) {
            final var inner = open(kind);
            inner.allocate(5000).fill((byte) 4);
            inner.allocate(100).fill((byte) 5);
            end(kind, inner);
        }
        for (long at = 0; at < 2000; at++) {
            assertEquals(3, kept.get(ValueLayout.JAVA_BYTE, at));
        }
        end(kind, outer);
    }

    /// Every default method of `SegmentAllocator`, with the JDK's arena as the oracle.
    private static List<MemorySegment> fromEverything(Arena arena) {
        final var source = MemorySegment.ofArray(new int[] {1, 2, 3, 4});
        final var prefix = SegmentAllocator.prefixAllocator(arena.allocate(64, 8));
        final var slicing = SegmentAllocator.slicingAllocator(arena.allocate(64, 8));
        return List.of(
                arena.allocateFrom("text, ü and 𝄞"),
                arena.allocateFrom(""),
                arena.allocateFrom("text, ü and 𝄞", StandardCharsets.UTF_16LE),
                arena.allocateFrom("text", StandardCharsets.UTF_32BE),
                arena.allocateFrom("latin ü", StandardCharsets.ISO_8859_1),
                arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1),
                arena.allocateFrom(ValueLayout.JAVA_CHAR, 'c'),
                arena.allocateFrom(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), (short) 2),
                arena.allocateFrom(ValueLayout.JAVA_INT, 3),
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, 4f),
                arena.allocateFrom(ValueLayout.JAVA_LONG, 5L),
                arena.allocateFrom(ValueLayout.JAVA_DOUBLE, 6.0),
                arena.allocateFrom(ValueLayout.ADDRESS, MemorySegment.ofAddress(0x1234)),
                arena.allocateFrom(ValueLayout.JAVA_BYTE, new byte[] {1, 2, 3}),
                arena.allocateFrom(ValueLayout.JAVA_SHORT, new short[] {1, 2, 3}),
                arena.allocateFrom(ValueLayout.JAVA_CHAR, 'a', 'b'),
                arena.allocateFrom(ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN), 1, 2, 3),
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f, 2f),
                arena.allocateFrom(ValueLayout.JAVA_LONG, new long[] {1, 2, 3}),
                arena.allocateFrom(ValueLayout.JAVA_DOUBLE, 1.0, 2.0),
                arena.allocateFrom(ValueLayout.JAVA_INT, new int[0]),
                arena.allocateFrom(ValueLayout.JAVA_INT, source, ValueLayout.JAVA_INT, 4, 2),
                arena.allocate(ValueLayout.JAVA_LONG),
                arena.allocate(ValueLayout.JAVA_SHORT, 9),
                arena.allocate(MemoryLayout.structLayout(
                        ValueLayout.JAVA_INT, MemoryLayout.paddingLayout(4), ValueLayout.JAVA_LONG).withByteAlignment(128)),
                prefix.allocateFrom(ValueLayout.JAVA_INT, 8),
                slicing.allocateFrom(ValueLayout.JAVA_INT, 9),
                slicing.allocateFrom(ValueLayout.JAVA_LONG, 10L));
    }

    @ParameterizedTest
    @EnumSource
    void allocateFromEverythingAsTheJdkDoes(Kind kind) {
        final var arena = open(kind);
        for (int round = 0; round < 2; round++) {
            try (var oracle = Arena.ofConfined()) {
                final var expected = fromEverything(oracle);
                final var found = fromEverything(arena);
                assertEquals(expected.size(), found.size());
                for (int i = 0; i < expected.size(); i++) {
                    assertEquals(expected.get(i).byteSize(), found.get(i).byteSize(), kind + ", number " + i);
                    assertEquals(-1, expected.get(i).mismatch(found.get(i)), kind + ", number " + i);
                    assertEquals(arena.scope(), found.get(i).scope());
                }
                assertEquals(0, found.get(24).address() % 128);
                assertEquals("text, ü and 𝄞", found.getFirst().getString(0));
            }
        }
        end(kind, arena);
    }

    /// `SegmentAllocator.prefixAllocator` and `slicingAllocator` over a segment of an arena end where it does.
    @ParameterizedTest
    @EnumSource
    void allocatorsOverASegmentStayInIt(Kind kind) {
        final var arena = open(kind);
        final var segment = arena.allocate(64, 64);
        final var prefix = SegmentAllocator.prefixAllocator(segment);
        assertEquals(segment, prefix.allocate(64));
        assertEquals(segment.asSlice(0, 3), prefix.allocate(3));
        assertThrows(IndexOutOfBoundsException.class, () -> prefix.allocate(65));
        final var slicing = SegmentAllocator.slicingAllocator(segment);
        assertEquals(segment.asSlice(0, 3), slicing.allocate(3));
        assertEquals(segment.asSlice(8, 8), slicing.allocate(8, 8));
        assertEquals(segment.asSlice(16, 48), slicing.allocate(48));
        assertThrows(IndexOutOfBoundsException.class, () -> slicing.allocate(1));
        assertThrows(IllegalArgumentException.class, () -> slicing.allocate(-1));
        end(kind, arena);
        if (kind.closeable) {
            assertThrows(IllegalStateException.class, () -> prefix.allocateFrom(ValueLayout.JAVA_INT, 1));
        }
    }

    /// Addresses only: not a byte of what lies between is touched.
    @ParameterizedTest
    @EnumSource(names = {"CONFINED", "SHARED", "AUTO", "GLOBAL", "GROUP"})
    void alignmentMayBeGreat(Kind kind) {
        final var arena = (OffHeapArena) open(kind);
        for (final long alignment : new long[] {1 << 21, 1 << 24, MOST_ALIGNMENT}) {
            final var segment = arena.allocate(5, alignment);
            assertEquals(0, segment.address() % alignment);
            assertEquals(-1, segment.mismatch(MemorySegment.ofArray(new byte[5])));
            assertEquals(0, arena.allocate(0, alignment).address() % alignment);
        }
        end(kind, arena);
    }

    /// A close inside of a downcall that has been given a segment, by the thread that makes the downcall.
    @Test
    void closeIsRefusedInsideOfADowncall(@TempDir Path folder) throws Exception {
        final var options = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        final var pages = System.getProperty("io.offheap.pages");
        if (pages != null) {
            options.add("-Dio.offheap.pages=" + pages);
        }
        final var lines = new ChildJvm(folder).runOnClassPath(DowncallProgram.class, options);
        assertEquals(List.of(
                "jdk confined: refused, alive, 1 2 3, then closed",
                "confined: refused, alive, 1 2 3, then closed",
                "jdk shared: refused, alive, 1 2 3, then closed",
                "shared: refused, alive, 1 2 3, then closed",
                "member: closed, alive, 1 2 3, then refused",
                "group: refused, alive, 1 2 3, then closed"), lines.stream().filter(line -> line.contains(", then ")).toList());
    }

    @ParameterizedTest
    @EnumSource
    void fileIsMappedForTheLifeOfTheArena(Kind kind, @TempDir Path folder) throws IOException {
        final var file = Files.writeString(folder.resolve("file"), "0123456789");
        final var arena = open(kind);
        final MemorySegment mapped;
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, 10, arena);
        }
        assertTrue(mapped.isMapped());
        assertEquals('7', mapped.get(ValueLayout.JAVA_BYTE, 7));
        assertEquals(arena.scope(), mapped.scope());
        end(kind, arena);
        assertEquals(!kind.closeable, mapped.scope().isAlive());
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK_SHARED", "SHARED", "GROUP"})
    void closeIsRefusedWhileAnOperationHoldsASegment(Kind kind) throws Exception {
        try (var connection = new Connection()) {
            final var arena = open(kind);
            final var segment = arena.allocate(16);
            final var read = connection.client.read(segment.asByteBuffer());    // pending: the segment is held
            if (kind == Kind.GROUP) {
                arena.close();                                                  // ends nothing
                assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, 0));
                assertThrows(IllegalStateException.class, group::close);
            } else {
                assertThrows(IllegalStateException.class, arena::close);
                assertEquals(16, arena.allocate(16).byteSize());
            }
            assertTrue(arena.scope().isAlive());
            connection.server.write(ByteBuffer.wrap(new byte[] {42})).get();
            assertEquals(1, read.get());
            assertEquals(42, segment.get(ValueLayout.JAVA_BYTE, 0));
            if (kind == Kind.GROUP) {
                closeOnceReleased(group::close);
                groupClosed = true;
                assertThrows(IllegalStateException.class, group::ofShared);
            } else {
                closeOnceReleased(arena::close);
            }
            assertFalse(arena.scope().isAlive());
        }
    }

    /// An operation lets go of its buffer just after it has told its result.
    private static void closeOnceReleased(Runnable close) {
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (true) {
            try {
                close.run();
                return;
            } catch (IllegalStateException e) {
                assertTrue(System.nanoTime() < deadline, e::getMessage);
                Thread.yield();
            }
        }
    }

    /// Two ends of a connection on this host.
    private static final class Connection implements AutoCloseable {
        final AsynchronousSocketChannel client = AsynchronousSocketChannel.open();
        final AsynchronousSocketChannel server;

        Connection() throws Exception {
            try (var listener = AsynchronousServerSocketChannel.open()
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
                final var accepted = listener.accept();
                client.connect(listener.getLocalAddress()).get();
                server = accepted.get();
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CONFINED", "SHARED", "AUTO", "GLOBAL", "GROUP"})
    void uninitializedSegmentsAreAsOthersButForTheirContents(Kind kind) {
        final var arena = (OffHeapArena) open(kind);
        for (final long size : new long[] {0, 1, 100, 5000, 100_000, 3_000_000}) {
            for (final long alignment : new long[] {1, 64, 4096, 1 << 16}) {
                final var segment = arena.allocateUninitialized(size, alignment);
                assertEquals(size, segment.byteSize());
                assertEquals(0, segment.address() % alignment);
                assertEquals(arena.scope(), segment.scope());
                segment.fill((byte) 1);
            }
        }
        assertThrows(IllegalArgumentException.class, () -> arena.allocateUninitialized(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> arena.allocateUninitialized(1, 12));
        assertThrows(OutOfMemoryError.class, () -> arena.allocateUninitialized(Long.MAX_VALUE, 1));
        end(kind, arena);
        if (kind.closeable) {
            assertThrows(IllegalStateException.class, () -> arena.allocateUninitialized(1, 1));
        }
    }
}
