package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.Buffer;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.InvalidMarkException;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What programs rely on of `ByteBuffer.allocateDirect`, on the JDK's buffers and on ours.
@Tag("portable")
class DirectBufferConformanceTest {

    enum Kind {
        JDK((_, capacity) -> ByteBuffer.allocateDirect(capacity)),
        OURS(OffHeapAllocator::allocateDirect);

        private final BiFunction<OffHeapAllocator, Integer, ByteBuffer> allocate;

        Kind(BiFunction<OffHeapAllocator, Integer, ByteBuffer> allocate) {
            this.allocate = allocate;
        }
    }

    private static final int MOST_COLLECTIONS = 100;

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().pressure().build();

    @AfterEach
    void close() {
        allocator.close();
    }

    private ByteBuffer allocate(Kind kind, int capacity) {
        return kind.allocate.apply(allocator, capacity);
    }

    /// {@return a buffer of random bytes, position 0, limit at the end}
    private ByteBuffer filled(Kind kind, int capacity) {
        final var bytes = new byte[capacity];
        new Random(7).nextBytes(bytes);
        return allocate(kind, capacity).put(0, bytes);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        final var bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    @ParameterizedTest
    @EnumSource
    void newBufferIsEmptyOfEverything(Kind kind) {
        for (final int capacity : new int[] {0, 1, 8, 1000, 4096, 14_337, 1_000_000}) {
            final var buffer = allocate(kind, capacity);
            assertEquals(capacity, buffer.capacity());
            assertEquals(capacity, buffer.limit());
            assertEquals(0, buffer.position());
            assertEquals(ByteOrder.BIG_ENDIAN, buffer.order());
            assertTrue(buffer.isDirect());
            assertFalse(buffer.isReadOnly());
            assertFalse(buffer.hasArray());
            assertThrows(UnsupportedOperationException.class, buffer::array);
            assertThrows(InvalidMarkException.class, buffer::reset);
            assertEquals(-1, buffer.mismatch(ByteBuffer.allocate(capacity)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void badCapacitiesAndPlacesAreRefused(Kind kind) {
        assertThrows(IllegalArgumentException.class, () -> allocate(kind, -1));
        assertThrows(IllegalArgumentException.class, () -> allocate(kind, Integer.MIN_VALUE));
        final var buffer = allocate(kind, 8);
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.get(8));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putLong(1, 1));
        assertThrows(IllegalArgumentException.class, () -> buffer.limit(9));
        assertThrows(BufferOverflowException.class, () -> buffer.put(new byte[9]));
        assertThrows(BufferUnderflowException.class, () -> buffer.get(new byte[9]));
        assertThrows(ReadOnlyBufferException.class, () -> buffer.asReadOnlyBuffer().put((byte) 1));
        assertThrows(BufferUnderflowException.class, allocate(kind, 0)::get);
    }

    @ParameterizedTest
    @EnumSource
    void startIsAlignedForEveryPrimitive(Kind kind) {
        for (int capacity = 8; capacity < 300; capacity += 7) {
            final var buffer = allocate(kind, capacity);
            assertEquals(0, buffer.alignmentOffset(0, 8));
            assertEquals(capacity / 8 * 8, buffer.alignedSlice(8).capacity());
        }
        final var buffer = allocate(kind, 100).position(3).limit(61);
        assertEquals(48, buffer.alignedSlice(8).capacity());                    // from 8 to 56
        assertEquals(ByteOrder.BIG_ENDIAN, buffer.order(ByteOrder.LITTLE_ENDIAN).alignedSlice(2).order());
        assertThrows(IllegalArgumentException.class, () -> buffer.alignedSlice(3));
        assertThrows(IllegalArgumentException.class, () -> buffer.alignmentOffset(0, 0));
        assertThrows(IllegalArgumentException.class, () -> buffer.alignmentOffset(-1, 8));
    }

    @ParameterizedTest
    @EnumSource
    void valuesAreKeptInEitherOrder(Kind kind) {
        final var buffer = allocate(kind, 64);
        buffer.putLong(0, 0x0102030405060708L);
        assertEquals(1, buffer.get(0));
        buffer.order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0x0807060504030201L, buffer.getLong(0));
        buffer.putChar(9, 'x').putShort(11, (short) -5).putInt(13, 77).putFloat(17, 1.5f).putDouble(21, 2.5);
        assertEquals('x', buffer.getChar(9));
        assertEquals(-5, buffer.getShort(11));
        assertEquals(77, buffer.getInt(13));
        assertEquals(1.5f, buffer.getFloat(17));
        assertEquals(2.5, buffer.getDouble(21));
        assertEquals(ByteOrder.BIG_ENDIAN, buffer.duplicate().order());
        assertEquals(ByteOrder.BIG_ENDIAN, buffer.slice().order());
    }

    @ParameterizedTest
    @EnumSource
    void viewsShareTheBytes(Kind kind) {
        final var buffer = filled(kind, 64);
        final var model = ByteBuffer.wrap(bytes(buffer));
        assertEquals(model, buffer);
        assertEquals(model.hashCode(), buffer.hashCode());
        assertEquals(0, model.compareTo(buffer));
        for (final var view : views()) {
            final var seen = view.apply(buffer);
            assertEquals(view.apply(model), seen);
            assertTrue(seen.isDirect());
        }
        buffer.slice(8, 8).put(3, (byte) 99);
        assertEquals(99, buffer.get(11));
        assertEquals(99, buffer.asReadOnlyBuffer().get(11));
        buffer.position(10).limit(20).compact();
        assertEquals(10, buffer.position());
        assertEquals(99, buffer.get(1));
    }

    private static List<Function<ByteBuffer, Buffer>> views() {
        return List.of(
                ByteBuffer::duplicate, ByteBuffer::slice, ByteBuffer::asReadOnlyBuffer,
                buffer -> buffer.slice(3, 17), ByteBuffer::asLongBuffer, ByteBuffer::asIntBuffer,
                ByteBuffer::asShortBuffer, ByteBuffer::asCharBuffer, ByteBuffer::asFloatBuffer,
                ByteBuffer::asDoubleBuffer, buffer -> buffer.slice(8, 32).asLongBuffer().slice(1, 2),
                buffer -> buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().asReadOnlyBuffer());
    }

    @ParameterizedTest
    @EnumSource
    void segmentsOfItAreAliveForEveryThread(Kind kind) {
        final var buffer = filled(kind, 64);
        final var segment = MemorySegment.ofBuffer(buffer.position(4).limit(60));
        assertEquals(56, segment.byteSize());
        assertTrue(segment.isNative());
        assertTrue(segment.scope().isAlive());
        assertTrue(segment.isAccessibleBy(new Thread()));
        assertEquals(buffer.get(10), segment.get(ValueLayout.JAVA_BYTE, 6));
        assertEquals(buffer, segment.asByteBuffer());
        assertTrue(MemorySegment.ofBuffer(buffer.asReadOnlyBuffer()).isReadOnly());
    }

    /// Something made of a buffer, the buffer, and what is unreachable from the start.
    private record Made(Object thing, WeakReference<ByteBuffer> buffer, WeakReference<Object> sentinel) {}

    private Made make(Kind kind, Function<ByteBuffer, Object> maker) {
        final var buffer = allocate(kind, 64);
        return new Made(maker.apply(buffer), new WeakReference<>(buffer), new WeakReference<>(new Object()));
    }

    /// A program may have a cleaner told of the buffer's end, whose action must not run while the memory is in use.
    @ParameterizedTest
    @EnumSource
    void whatIsMadeOfItKeepsTheBufferItself(Kind kind) {
        final List<Function<ByteBuffer, Object>> makers = List.of(
                MemorySegment::ofBuffer,
                buffer -> MemorySegment.ofBuffer(buffer).asSlice(10, 1).asByteBuffer(),
                ByteBuffer::duplicate,
                buffer -> buffer.slice(8, 48).slice(8, 16).asReadOnlyBuffer().asLongBuffer());
        final var made = makers.stream().map(maker -> make(kind, maker)).toList();
        for (int i = 0; i < MOST_COLLECTIONS && made.stream().anyMatch(one -> !one.sentinel.refersTo(null)); i++) {
            System.gc();
        }
        for (final var one : made) {
            assertTrue(one.sentinel.refersTo(null), "nothing was collected");
            assertFalse(one.buffer.refersTo(null), () -> one.thing + " is all that is left of its buffer");
        }
        Reference.reachabilityFence(made);
    }

    @ParameterizedTest
    @EnumSource
    void filesAreWrittenAndRead(Kind kind, @TempDir Path folder) throws IOException {
        final var file = folder.resolve("file");
        final var one = filled(kind, 5000);
        final var two = filled(kind, 300);
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            assertEquals(5300, channel.write(new ByteBuffer[] {one.duplicate(), two.duplicate()}));
            assertEquals(300, channel.write(two.duplicate(), 5300));
            final var parts = new ByteBuffer[] {allocate(kind, 2000), allocate(kind, 0), allocate(kind, 3000)};
            channel.position(0);
            assertEquals(5000, channel.read(parts));
            assertArrayEquals(bytes(one.duplicate().limit(2000)), bytes(parts[0].flip()));
            assertArrayEquals(bytes(one.duplicate().position(2000)), bytes(parts[2].flip()));
            final var end = allocate(kind, 400);
            assertEquals(300, channel.read(end, 5300));
            assertEquals(two, end.flip());
        }
    }

    @ParameterizedTest
    @EnumSource
    void asynchronousChannelsUseIt(Kind kind, @TempDir Path folder) throws Exception {
        final var out = filled(kind, 5000);
        try (var channel = AsynchronousFileChannel.open(folder.resolve("file"),
                StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            assertEquals(5000, channel.write(out.duplicate(), 0).get());
            final var in = allocate(kind, 5000);
            assertEquals(5000, channel.read(in, 0).get());
            assertEquals(out, in.flip());
        }
        try (var listener = AsynchronousServerSocketChannel.open()
                     .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             var client = AsynchronousSocketChannel.open()) {
            final var accepted = listener.accept();
            client.connect(listener.getLocalAddress()).get();
            try (var server = accepted.get()) {
                final var in = allocate(kind, 16);
                final var read = server.read(in);
                assertEquals(8, client.write(out.duplicate().limit(8)).get());
                assertEquals(8, read.get());
                assertEquals(out.duplicate().limit(8), in.flip());
            }
        }
    }

    /// Gathering and scattering, and what is refused before a byte is moved.
    @ParameterizedTest
    @EnumSource
    void socketsGatherAndScatter(Kind kind) throws IOException {
        final var out = filled(kind, 500);
        try (var listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             var client = SocketChannel.open(listener.getLocalAddress());
             var server = listener.accept()) {
            final var parts = new ByteBuffer[] {out.slice(0, 100), allocate(kind, 0), out.slice(100, 399).asReadOnlyBuffer(), out.slice(499, 1)};
            assertEquals(500, client.write(parts));
            final var in = new ByteBuffer[] {allocate(kind, 3), allocate(kind, 0), allocate(kind, 300), allocate(kind, 197)};
            assertThrows(IllegalArgumentException.class, () -> server.read(new ByteBuffer[] {in[0], in[2].asReadOnlyBuffer()}));
            assertThrows(IndexOutOfBoundsException.class, () -> server.read(in, 3, 2));
            for (long read = 0; read < 500;) {
                final long more = server.read(in);
                assertTrue(more > 0);
                read += more;
            }
            final var all = ByteBuffer.allocate(500);
            for (final var part : in) {
                assertFalse(part.hasRemaining());
                all.put(part.flip());
            }
            assertEquals(out, all.flip());
            client.shutdownOutput();
            assertEquals(-1, server.read(allocate(kind, 1)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void pipesAndDatagramsCarryIt(Kind kind) throws IOException {
        final var out = filled(kind, 500);
        final var pipe = Pipe.open();
        try (var sink = pipe.sink(); var source = pipe.source()) {
            assertEquals(500, sink.write(out.duplicate()));
            final var in = allocate(kind, 500);
            while (in.hasRemaining()) {
                assertTrue(source.read(in) > 0);
            }
            assertEquals(out, in.flip());
        }
        try (var receiver = DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             var sender = DatagramChannel.open()) {
            assertEquals(500, sender.send(out.duplicate(), receiver.getLocalAddress()));
            final var in = allocate(kind, 1000);
            assertTrue(receiver.receive(in) != null);
            assertEquals(out, in.flip());
        }
    }

    @ParameterizedTest
    @EnumSource
    void librariesOfThePlatformUseIt(Kind kind) throws Exception {
        final var buffer = filled(kind, 10_000);
        final var found = new CRC32();
        final var expected = new CRC32();
        found.update(buffer.duplicate());
        expected.update(bytes(buffer));
        assertEquals(expected.getValue(), found.getValue());

        final var packed = allocate(kind, 20_000);
        try (var deflater = new Closing<>(new Deflater(), Deflater::end)) {
            deflater.it.setInput(buffer.duplicate());
            deflater.it.finish();
            while (!deflater.it.finished()) {
                deflater.it.deflate(packed);
            }
        }
        final var unpacked = allocate(kind, 10_000);
        try (var inflater = new Closing<>(new Inflater(), Inflater::end)) {
            inflater.it.setInput(packed.flip());
            assertEquals(10_000, inflater.it.inflate(unpacked));
        }
        assertEquals(buffer, unpacked.flip());

        final var text = allocate(kind, 100);
        StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap("ü and 𝄞"), text, true);
        assertEquals("ü and 𝄞", StandardCharsets.UTF_8.decode(text.flip()).toString());
    }

    private record Closing<T>(T it, Consumer<T> end) implements AutoCloseable {
        @Override
        public void close() {
            end.accept(it);
        }
    }
}
