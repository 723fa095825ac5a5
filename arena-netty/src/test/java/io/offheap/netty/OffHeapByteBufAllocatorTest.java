package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.offheap.allocator.OffHeapAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("portable")
class OffHeapByteBufAllocatorTest {

    private final OffHeapAllocator memory =
            OffHeapAllocator.builder().name("test").hardLimit(64L << 20).managementBeans(false).build();
    private final OffHeapByteBufAllocator allocator = new OffHeapByteBufAllocator(memory);

    @AfterEach
    void nothingIsLeftInUse() {
        assertEquals(0, allocator.metric().usedDirectMemory());
        assertEquals(0, allocator.metric().usedHeapMemory());
        assertEquals(0, memory.stats().allocatedBytes());
        memory.close();
    }

    @Test
    void buffersAreOfTheKindThatIsAskedFor() {
        final ByteBuf[] buffers = {
            allocator.buffer(), allocator.ioBuffer(10), allocator.directBuffer(), allocator.directBuffer(0, 9)};
        for (final ByteBuf buffer : buffers) {
            assertTrue(buffer.isDirect() && buffer.hasMemoryAddress() && buffer.memoryAddress() != 0);
            assertTrue(buffer.isContiguous() && !buffer.hasArray() && buffer.unwrap() != buffer);
            assertSame(allocator, buffer.alloc());
            buffer.release();
        }
        final ByteBuf heap = allocator.heapBuffer(5);
        assertTrue(heap.hasArray() && !heap.isDirect());
        assertSame(allocator, heap.alloc());
        heap.release();
        final ByteBuf usual = new OffHeapByteBufAllocator(memory, false).buffer();
        assertTrue(usual.hasArray());
        usual.release();
        final CompositeByteBuf composite = allocator.compositeBuffer();
        composite.addComponent(true, allocator.directBuffer(8).writeLong(42));
        assertEquals(42, composite.readLong());
        composite.release();
        assertTrue(allocator.isDirectBufferPooled());
    }

    @Test
    void capacitiesAreThoseOfNetty() {
        final var netty = new UnpooledByteBufAllocator(true);
        for (int least = 0; least < 20 << 20; least = least * 2 + 3) {
            assertEquals(netty.calculateNewCapacity(least, 1 << 30), allocator.calculateNewCapacity(least, 1 << 30));
        }
        assertThrows(IllegalArgumentException.class, () -> allocator.directBuffer(-1));
        assertThrows(IllegalArgumentException.class, () -> allocator.directBuffer(5, 4));
        assertEquals(0, allocator.directBuffer(0, 0).capacity());
    }

    @Test
    void usedMemoryIsCountedByCapacity() {
        final ByteBuf direct = allocator.directBuffer(1000, 5000);
        final ByteBuf heap = allocator.heapBuffer(100, 5000);
        assertEquals(1000, allocator.metric().usedDirectMemory());
        assertEquals(100, allocator.metric().usedHeapMemory());
        direct.capacity(3000);
        heap.capacity(50);
        assertEquals("usedHeapMemory: 50; usedDirectMemory: 3000", allocator.metric().toString());
        assertTrue(direct.release() && heap.release());
    }

    @Test
    void usedMemoryIsExactAcrossThreads() throws Exception {
        final var kept = new AtomicReference<ByteBuf>();
        for (final var builder : new Thread.Builder[] {Thread.ofPlatform(), Thread.ofVirtual()}) {
            builder.start(() -> kept.set(allocator.directBuffer(500))).join();
            assertEquals(500, allocator.metric().usedDirectMemory());
            builder.start(() -> kept.get().release()).join();
            assertEquals(0, allocator.metric().usedDirectMemory());
        }
    }

    @Test
    void releasedBufferIsRefusedAndItsBlockIsFree() {
        final ByteBuf buffer = allocator.directBuffer(100);
        assertTrue(memory.stats().allocatedBytes() >= 100);
        final ByteBuf slice = buffer.retainedSlice(0, 10);
        assertFalse(buffer.release());
        assertEquals(0, slice.getByte(0) & 0);
        assertTrue(slice.release());
        assertEquals(0, memory.stats().allocatedBytes());
        assertThrows(IllegalReferenceCountException.class, () -> buffer.getByte(0));
        assertThrows(IllegalReferenceCountException.class, buffer::memoryAddress);
        assertThrows(IllegalReferenceCountException.class, buffer::release);
        assertThrows(IllegalReferenceCountException.class, () -> buffer.capacity(5));
    }

    @Test
    void bufferObjectsAreUsedAgainAsNew() {
        final var level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            final ByteBuf first = allocator.directBuffer(100, 200).writeLong(1).markWriterIndex();
            first.readByte();
            first.markReaderIndex().release();
            final ByteBuf second = allocator.directBuffer(50, 60);
            assertSame(first, second);
            assertEquals("OffHeapByteBuf(ridx: 0, widx: 0, cap: 50/60)", second.toString());
            second.writeInt(7).resetReaderIndex().resetWriterIndex();
            assertEquals(0, second.readerIndex() + second.writerIndex());
            assertEquals(1, second.refCnt());
            second.release();
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    @Test
    void bufferObjectStaysWithTheThreadThatReleasesIt() throws Exception {
        final var level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            final ByteBuf first = allocator.directBuffer(100);
            Thread.ofPlatform().start(first::release).join();
            assertEquals(0, first.refCnt());
            final ByteBuf second = allocator.directBuffer(100);
            assertNotSame(first, second);
            assertEquals(100, allocator.metric().usedDirectMemory());
            second.release();
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    @Test
    void leaksAreWatched() {
        assertEquals(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
        for (final ByteBuf buffer : new ByteBuf[] {
            allocator.directBuffer(16), allocator.directBuffer(0, 16), allocator.heapBuffer(16)}) {
            assertTrue(buffer.getClass().getSimpleName().endsWith("LeakAwareByteBuf"), buffer.getClass()::getName);
            buffer.release();
        }
    }

    @Test
    void growthKeepsContentsAndStaysInPlaceWhereItCan() {
        final ByteBuf buffer = allocator.directBuffer(8 << 20);
        buffer.writeLong(42);
        final long address = buffer.memoryAddress();
        buffer.capacity((8 << 20) - 1);
        buffer.capacity(4 << 20);
        buffer.capacity(8 << 20);
        assertEquals(address, buffer.memoryAddress(), "what it gave up is free");
        assertEquals(42, buffer.readLong());
        buffer.capacity(100);
        assertNotEquals(address, buffer.memoryAddress());
        assertEquals(42, buffer.getLong(0));
        buffer.release();
    }

    @Test
    void bufferThatCannotGrowIsAsItWas() {
        final ByteBuf buffer = allocator.directBuffer(100).writeInt(5);
        assertThrows(OutOfMemoryError.class, () -> buffer.capacity(1 << 30));
        assertEquals(100, buffer.capacity());
        assertEquals(5, buffer.readInt());
        assertThrows(OutOfMemoryError.class, () -> allocator.directBuffer(1 << 30));
        assertEquals(100, allocator.metric().usedDirectMemory());
        buffer.release();
    }

    @Test
    void viewOfTheOldBlockIsNotUsedAfterGrowth() {
        final ByteBuf buffer = allocator.directBuffer(16, 1 << 20);
        final var before = buffer.internalNioBuffer(0, 16);
        assertSame(before, buffer.internalNioBuffer(0, 8));
        buffer.capacity(1 << 16);
        assertEquals(100, buffer.internalNioBuffer(1 << 15, 100).remaining());
        buffer.release();
    }

    @Test
    @SuppressWarnings("try") // closed early, to see what a closed channel does
    void transfersAreCheckedBeforeAnythingPasses(@TempDir Path folder) throws Exception {
        final ByteBuf buffer = allocator.directBuffer(16);
        final var out = new ByteArrayOutputStream();
        final var in = new ByteArrayInputStream(new byte[99]);
        final Class<IndexOutOfBoundsException> outside = IndexOutOfBoundsException.class;
        try (var channel = FileChannel.open(folder.resolve("file"), StandardOpenOption.CREATE,
                StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (final int[] range : new int[][] {{-1, 2}, {10, 7}, {17, 0}, {20, -1}, {Integer.MAX_VALUE, 5}}) {
                assertThrows(outside, () -> buffer.getBytes(range[0], channel, range[1]));
                assertThrows(outside, () -> buffer.getBytes(range[0], channel, 0, range[1]));
                assertThrows(outside, () -> buffer.setBytes(range[0], channel, range[1]));
                assertThrows(outside, () -> buffer.setBytes(range[0], channel, 0, range[1]));
                assertThrows(outside, () -> buffer.getBytes(range[0], out, range[1]));
                assertThrows(outside, () -> buffer.setBytes(range[0], in, range[1]));
                assertThrows(outside, () -> buffer.setZero(range[0], Math.max(1, range[1])));
            }
            assertEquals(0, channel.size() + out.size());
            assertEquals(99, in.available());
            channel.close();
            assertEquals(-1, buffer.setBytes(0, channel, 16));
            assertEquals(-1, buffer.setBytes(0, channel, 0, 16));
        }
        buffer.release();
    }

    @Test
    void streamsLongerThanAChunkPassWhole() throws Exception {
        final byte[] bytes = new byte[100_000];
        new java.util.Random(1).nextBytes(bytes);
        final ByteBuf buffer = allocator.directBuffer(bytes.length);
        assertEquals(bytes.length, buffer.writeBytes(new ByteArrayInputStream(bytes), bytes.length));
        final var out = new ByteArrayOutputStream();
        buffer.readBytes(out, bytes.length);
        assertEquals(java.util.Arrays.hashCode(bytes), java.util.Arrays.hashCode(out.toByteArray()));
        buffer.release();
    }

    @Test
    void blocksThatCouldNotBeFreedAreFreedWhenABufferObjectIsMadeNext() throws Exception {
        final var level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            for (final var buffer : new ByteBuf[] {allocator.directBuffer(64), allocator.directBuffer(64)}) {
                allocator.couldNotFree((OffHeapByteBuf) buffer);
            }
            assertTrue(memory.stats().allocatedBytes() >= 2 * 64);
            Thread.ofPlatform().start(() -> allocator.directBuffer(16).release()).join();
            assertEquals(0, memory.stats().allocatedBytes());
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    @Test
    void closedMemoryIsRefused() {
        final var other = OffHeapAllocator.builder().name("closed").managementBeans(false).build();
        final var closed = new OffHeapByteBufAllocator(other);
        assertSame(other, closed.memory());
        other.close();
        assertThrows(IllegalStateException.class, () -> closed.directBuffer(10));
        assertEquals(0, closed.metric().usedDirectMemory());
        assertThrows(NullPointerException.class, () -> new OffHeapByteBufAllocator(null));
    }

    @Test
    void sharedOneIsOne() {
        final var shared = OffHeapByteBufAllocator.shared();
        assertSame(shared, OffHeapByteBufAllocator.shared());
        final ByteBuf buffer = shared.buffer(10);
        assertInstanceOf(OffHeapByteBufAllocator.class, buffer.alloc());
        buffer.release();
    }
}
