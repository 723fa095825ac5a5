package io.offheap.agrona;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.OffHeapAllocator;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("portable")
class OffHeapBufferTest {

    @Test
    void everyKindOfMemoryIsWrappedAsByUnsafeBuffer() {
        final byte[] array = new byte[64];
        final var direct = ByteBuffer.allocateDirect(64).position(9);
        final var heap = ByteBuffer.wrap(array, 4, 50).slice();
        final var theirs = new UnsafeBuffer(array, 8, 40);
        final var ours = new OffHeapBuffer();
        assertEquals(0, ours.capacity());
        final var expected = new UnsafeBuffer();
        ours.wrap(array);
        expected.wrap(array);
        assertSameWrap(expected, ours);
        ours.wrap(array, 8, 40);
        expected.wrap(array, 8, 40);
        assertSameWrap(expected, ours);
        ours.wrap(direct);
        expected.wrap(direct);
        assertSameWrap(expected, ours);
        ours.wrap(heap, 3, 7);
        expected.wrap(heap, 3, 7);
        assertSameWrap(expected, ours);
        ours.wrap(theirs, 1, 30);
        expected.wrap(theirs, 1, 30);
        assertSameWrap(expected, ours);
        ours.wrap(expected.addressOffset(), 0);
        assertEquals(0, ours.capacity());
        final var again = new OffHeapBuffer(new OffHeapBuffer(direct, 5, 20), 2, 10);
        assertSameWrap(new UnsafeBuffer(direct, 7, 10), again);
    }

    private static void assertSameWrap(UnsafeBuffer expected, OffHeapBuffer ours) {
        assertEquals(expected.capacity(), ours.capacity());
        assertEquals(expected.addressOffset(), ours.addressOffset());
        assertEquals(expected.wrapAdjustment(), ours.wrapAdjustment());
        assertSame(expected.byteArray(), ours.byteArray());
        assertSame(expected.byteBuffer(), ours.byteBuffer());
        ours.putByte(5, (byte) 77);
        assertEquals(77, expected.getByte(5));
        assertEquals(0, expected.compareTo(ours));
        assertEquals(0, ours.compareTo(expected));
        assertEquals(expected.hashCode(), ours.hashCode());
    }

    @Test
    void wrapThatIsRefusedChangesNothing() {
        final byte[] array = new byte[8];
        final var buffer = new OffHeapBuffer(array);
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.wrap(new byte[4], 2, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.wrap(ByteBuffer.allocate(4), 0, 5));
        assertThrows(IllegalArgumentException.class, () -> buffer.wrap(ByteBuffer.allocate(4).asReadOnlyBuffer()));
        assertThrows(IllegalArgumentException.class, () -> buffer.wrap(MemorySegment.ofArray(new long[1])));
        assertSame(array, buffer.byteArray());
        assertEquals(8, buffer.capacity());
    }

    @Test
    void buffersWithTheSameBytesAreEqual() {
        try (var arena = Arena.ofConfined()) {
            final var one = new OffHeapBuffer(arena.allocateFrom("equal"));
            final var other = new OffHeapBuffer("equal\0".getBytes(StandardCharsets.US_ASCII));
            assertEquals(one, other);
            assertEquals(one.hashCode(), other.hashCode());
            other.putByte(0, (byte) 0);
            assertNotEquals(one, other);
        }
    }

    @Test
    void closedArenaIsRefused() {
        final OffHeapBuffer buffer;
        try (var arena = Arena.ofConfined()) {
            buffer = new OffHeapBuffer(arena.allocate(16));
        }
        assertThrows(IllegalStateException.class, () -> buffer.getLong(0));
        assertThrows(IllegalStateException.class, () -> buffer.putLongRelease(0, 1));
    }

    @Test
    void atomicAccessMustBeAligned() {
        try (var arena = Arena.ofConfined()) {
            final var buffer = new OffHeapBuffer(arena.allocate(64, 8));
            buffer.verifyAlignment();
            assertThrows(IllegalArgumentException.class, () -> buffer.getAndAddLong(4, 1));
            buffer.wrap(buffer.segment(), 4, 32);
            assertThrows(IllegalStateException.class, buffer::verifyAlignment);
        }
    }

    @Test
    void additionsOfThreadsAreAllCounted() throws Exception {
        try (var arena = Arena.ofShared()) {
            for (final var buffer : new OffHeapBuffer[] {
                new OffHeapBuffer(arena.allocate(16, 8)), new OffHeapBuffer(new byte[16])}) {
                final var threads = new Thread[3];
                for (int i = 0; i < threads.length; i++) {
                    threads[i] = Thread.ofPlatform().start(() -> {
                        for (int n = 0; n < 10_000; n++) {
                            buffer.getAndAddLong(0, 1);
                            buffer.addIntRelease(8, 1);
                        }
                    });
                }
                for (final Thread thread : threads) {
                    thread.join();
                }
                assertEquals(30_000, buffer.getLongVolatile(0));
                assertEquals(30_000, buffer.getIntAcquire(8));
            }
        }
    }

    @Test
    void unsafeBufferSeesTheSameMemory() {
        try (var memory = OffHeapAllocator.builder().name("unsafe").managementBeans(false).build()) {
            final MemorySegment block = memory.allocate(64, 8);
            final UnsafeBuffer unsafe = UnsafeBuffers.wrap(block);
            new OffHeapBuffer(block).putLong(8, 42);
            assertEquals(42, unsafe.getLong(8));
            assertEquals(block.address(), unsafe.addressOffset());
            assertEquals(64, unsafe.capacity());
            memory.free(block);
        }
        assertThrows(IllegalArgumentException.class, () -> UnsafeBuffers.wrap(MemorySegment.ofArray(new byte[4])));
    }

    @Test
    void textOfNoBytesIsTheConstant() {
        final var buffer = new OffHeapBuffer(new byte[8]);
        for (final String text : new String[] {
            buffer.getStringAscii(0), buffer.getStringAscii(0, 0), buffer.getStringAscii(4, ByteOrder.BIG_ENDIAN),
            buffer.getStringWithoutLengthAscii(8, 0), buffer.getStringUtf8(0), buffer.getStringUtf8(0, 0),
            buffer.getStringUtf8(4, ByteOrder.BIG_ENDIAN), buffer.getStringWithoutLengthUtf8(0, 0)}) {
            assertSame("", text);
        }
    }

    @Test
    void alignmentOfAnArrayIsRefusedOrTold() {
        final var buffer = new OffHeapBuffer(new byte[8]);
        if (AtomicBuffer.STRICT_ALIGNMENT_CHECKS) {
            assertThrows(IllegalStateException.class, buffer::verifyAlignment);
            return;
        }
        final PrintStream before = System.err;
        final var told = new ByteArrayOutputStream();
        System.setErr(new PrintStream(told, true, StandardCharsets.US_ASCII));
        try {
            buffer.verifyAlignment();
        } finally {
            System.setErr(before);
        }
        assertEquals("AtomicBuffer was created from a byte[] and is not correctly aligned by 8\n",
                told.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void byteBufferOfAnExpandableBufferIsItsBlockUntilItGrows() {
        try (var memory = OffHeapAllocator.builder().name("view").managementBeans(false).build()) {
            final var buffer = new ExpandableOffHeapBuffer(memory, 16);
            final ByteBuffer view = buffer.byteBuffer();
            assertSame(view, buffer.byteBuffer());
            assertTrue(view.isDirect() && !view.isReadOnly() && view.order() == ByteOrder.BIG_ENDIAN);
            assertEquals(16, view.capacity());
            view.putLong(8, 42);
            assertEquals(42, buffer.getLong(8, ByteOrder.BIG_ENDIAN));
            final var around = new OffHeapBuffer(buffer, 8, 8);
            assertSame(view, around.byteBuffer());
            assertEquals(buffer.addressOffset() + around.wrapAdjustment(), around.addressOffset());
            buffer.putByte(16, (byte) 1);
            assertNotSame(view, buffer.byteBuffer());
            assertEquals(buffer.capacity(), buffer.byteBuffer().capacity());
            assertEquals(MemorySegment.ofBuffer(buffer.byteBuffer()).address(), buffer.addressOffset());
            buffer.close();
            assertEquals(0, buffer.byteBuffer().capacity());
        }
    }

    @Test
    void expandableBufferGrowsWithZerosAndKeepsWhatItHolds() {
        try (var memory = OffHeapAllocator.builder().name("grow").hardLimit(16L << 20).managementBeans(false).build()) {
            final var buffer = new ExpandableOffHeapBuffer(memory);
            assertEquals(ExpandableOffHeapBuffer.INITIAL_CAPACITY, buffer.capacity());
            assertTrue(buffer.isExpandable());
            buffer.putStringAscii(0, "kept");
            for (int at = 100; at < 1 << 20; at = at * 3) {
                buffer.putByte(at, (byte) 9);
            }
            final byte[] head = new byte[100];
            buffer.getBytes(0, head);
            assertEquals("kept", buffer.getStringAscii(0));
            assertArrayEquals(new byte[92], java.util.Arrays.copyOfRange(head, 8, 100));
            assertEquals(0, buffer.getLong(101));
            final int capacity = buffer.capacity();
            assertThrows(OutOfMemoryError.class, () -> buffer.checkLimit(1 << 30));
            assertThrows(IndexOutOfBoundsException.class, () -> buffer.checkLimit(Integer.MAX_VALUE));
            assertThrows(UnsupportedOperationException.class, () -> buffer.wrap(new byte[1]));
            assertEquals(capacity, buffer.capacity());
            buffer.close();
            buffer.close();
            assertEquals(0, memory.stats().allocatedBytes());
            assertThrows(IllegalStateException.class, () -> buffer.putInt(0, 1));
        }
    }

    @Test
    void transferThatAByteBufferHasNoRoomForChangesNothing() {
        final byte[] array = {1, 2, 3, 4, 5, 6, 7, 8};
        final var buffer = new OffHeapBuffer(array.clone());
        final var bytes = ByteBuffer.allocate(16).position(2).limit(6);
        assertThrows(IllegalArgumentException.class, () -> buffer.getBytes(0, bytes, 5));
        assertThrows(IllegalArgumentException.class, () -> buffer.putBytes(0, bytes, 5));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putBytes(0, bytes, 15));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.getBytes(4, bytes, 5));
        assertArrayEquals(new byte[16], bytes.array());
        assertArrayEquals(array, buffer.byteArray());
        assertEquals(2, bytes.position());
        buffer.getBytes(0, bytes, 4);
        assertEquals(6, bytes.position());
    }
}
