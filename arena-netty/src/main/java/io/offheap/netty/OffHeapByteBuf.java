package io.offheap.netty;

import io.netty.buffer.AbstractReferenceCountedByteBuf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.offheap.memory.os.RawMemory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.Objects;

/// A direct buffer: a block of an allocator, reached by address.
///
/// ```
///   new, or from a Rack --use()--> live --last release()--> without memory --> on a Rack
///                                                    |              ^
///                                                    +-- Unfreed ---+     the Java heap is full
/// ```
///
/// The superclass checks indices and reference counts in what users call. Below that Netty's own code calls `_get...` and
/// `_set...` unchecked, so these check the index once more: an access is always within the block, and a buffer without
/// memory has a capacity of 0.
///
/// As thread-safe as Netty's buffers: reads may run side by side, everything else needs an owner.
final class OffHeapByteBuf extends AbstractReferenceCountedByteBuf {

    private static final boolean NATIVE_IS_BIG = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;

    /// Bytes that pass between a stream and the block at a time.
    private static final int CHUNK = 8 << 10;

    private final OffHeapByteBufAllocator allocator;

    /// Where the block was counted when it was allocated, or null if that was by a virtual thread. Stays when the block is freed:
    /// on the rack of the same thread it will be right again.
    private Rack rack;
    private long address;
    private int capacity;

    /// A view of the whole block, or null until it is wanted.
    private ByteBuffer internalView;

    /// The next one of those that wait to be freed. Its list's.
    OffHeapByteBuf nextUnfreed;

    OffHeapByteBuf(OffHeapByteBufAllocator allocator) {
        super(0);
        this.allocator = allocator;
    }

    /// Makes this a new buffer.
    ///
    /// @param newRack    where the block is counted, or null
    /// @param newAddress of a block of `newCapacity` bytes, which is this buffer's from now on
    void use(Rack newRack, long newAddress, int newCapacity, int newMaxCapacity) {
        if (rack != newRack) {                          // a reference that is stored has the collector's barrier
            rack = newRack;
        }
        address = newAddress;
        capacity = newCapacity;
        maxCapacity(newMaxCapacity);
        resetRefCnt();
        setIndex(0, 0);
        markReaderIndex();
        markWriterIndex();
    }

    @Override
    protected void deallocate() {
        FastPath.free(this);
    }

    /// Frees the block, and leaves the object where the calling thread finds it again. If the Java heap is too full for it, the buffer
    /// keeps its block and waits among the [Unfreed].
    void free() {
        final Rack counted = rack;
        final long block = address;
        final int size = capacity;
        address = 0;
        capacity = 0;
        if (internalView != null) {
            internalView = null;
        }
        try {
            allocator.memory().freeAddress(block);
        } catch (OutOfMemoryError heapIsFull) {
            address = block;
            capacity = size;
            allocator.couldNotFree(this);
            return;
        }
        if (counted != null && counted.isMine()) {
            counted.addDirect(-(long) size);
            counted.put(this);
        } else {
            rack = null;
            allocator.released(this, size);
        }
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public ByteBuf capacity(int newCapacity) {
        checkNewCapacity(newCapacity);
        if (newCapacity != capacity) {
            address = allocator.reallocate(address, capacity, newCapacity);
            capacity = newCapacity;
            internalView = null;
            trimIndicesToCapacity(newCapacity);
        }
        return this;
    }

    @Override
    public ByteBufAllocator alloc() {
        return allocator;
    }

    @Override
    @Deprecated // in the interface
    public ByteOrder order() {
        return ByteOrder.BIG_ENDIAN;
    }

    @Override
    public ByteBuf unwrap() {
        return null;
    }

    @Override
    public boolean isDirect() {
        return true;
    }

    @Override
    public boolean isContiguous() {
        return true;
    }

    @Override
    public boolean hasArray() {
        return false;
    }

    @Override
    public byte[] array() {
        throw new UnsupportedOperationException("direct buffer");
    }

    @Override
    public int arrayOffset() {
        throw new UnsupportedOperationException("direct buffer");
    }

    @Override
    public boolean hasMemoryAddress() {
        return true;
    }

    @Override
    public long memoryAddress() {
        ensureAccessible();
        return address;
    }

    /// {@return the address of bytes within the block}
    private long at(int index, int size) {
        return address + Objects.checkFromIndexSize(index, size, capacity);
    }

    // Single values ---------------------------------------------------------------------------------------------------

    private static short big(short bits) {
        return NATIVE_IS_BIG ? bits : Short.reverseBytes(bits);
    }

    private static int big(int bits) {
        return NATIVE_IS_BIG ? bits : Integer.reverseBytes(bits);
    }

    private static long big(long bits) {
        return NATIVE_IS_BIG ? bits : Long.reverseBytes(bits);
    }

    private static short little(short bits) {
        return NATIVE_IS_BIG ? Short.reverseBytes(bits) : bits;
    }

    private static int little(int bits) {
        return NATIVE_IS_BIG ? Integer.reverseBytes(bits) : bits;
    }

    private static long little(long bits) {
        return NATIVE_IS_BIG ? Long.reverseBytes(bits) : bits;
    }

    @Override
    protected byte _getByte(int index) {
        return RawMemory.getByte(at(index, Byte.BYTES));
    }

    @Override
    protected short _getShort(int index) {
        return big(RawMemory.getShort(at(index, Short.BYTES)));
    }

    @Override
    protected short _getShortLE(int index) {
        return little(RawMemory.getShort(at(index, Short.BYTES)));
    }

    @Override
    protected int _getUnsignedMedium(int index) {
        final long at = at(index, 3);
        return (big(RawMemory.getShort(at)) & 0xffff) << 8 | RawMemory.getByte(at + 2) & 0xff;
    }

    @Override
    protected int _getUnsignedMediumLE(int index) {
        final long at = at(index, 3);
        return little(RawMemory.getShort(at)) & 0xffff | (RawMemory.getByte(at + 2) & 0xff) << 16;
    }

    @Override
    protected int _getInt(int index) {
        return big(RawMemory.getInt(at(index, Integer.BYTES)));
    }

    @Override
    protected int _getIntLE(int index) {
        return little(RawMemory.getInt(at(index, Integer.BYTES)));
    }

    @Override
    protected long _getLong(int index) {
        return big(RawMemory.getLong(at(index, Long.BYTES)));
    }

    @Override
    protected long _getLongLE(int index) {
        return little(RawMemory.getLong(at(index, Long.BYTES)));
    }

    @Override
    protected void _setByte(int index, int value) {
        RawMemory.putByte(at(index, Byte.BYTES), (byte) value);
    }

    @Override
    protected void _setShort(int index, int value) {
        RawMemory.putShort(at(index, Short.BYTES), big((short) value));
    }

    @Override
    protected void _setShortLE(int index, int value) {
        RawMemory.putShort(at(index, Short.BYTES), little((short) value));
    }

    @Override
    protected void _setMedium(int index, int value) {
        final long at = at(index, 3);
        RawMemory.putShort(at, big((short) (value >>> 8)));
        RawMemory.putByte(at + 2, (byte) value);
    }

    @Override
    protected void _setMediumLE(int index, int value) {
        final long at = at(index, 3);
        RawMemory.putShort(at, little((short) value));
        RawMemory.putByte(at + 2, (byte) (value >>> 16));
    }

    @Override
    protected void _setInt(int index, int value) {
        RawMemory.putInt(at(index, Integer.BYTES), big(value));
    }

    @Override
    protected void _setIntLE(int index, int value) {
        RawMemory.putInt(at(index, Integer.BYTES), little(value));
    }

    @Override
    protected void _setLong(int index, long value) {
        RawMemory.putLong(at(index, Long.BYTES), big(value));
    }

    @Override
    protected void _setLongLE(int index, long value) {
        RawMemory.putLong(at(index, Long.BYTES), little(value));
    }

    // Many bytes ------------------------------------------------------------------------------------------------------

    @Override
    public ByteBuf getBytes(int index, ByteBuf dst, int dstIndex, int length) {
        checkDstIndex(index, length, dstIndex, dst.capacity());
        if (dst.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        if (dst.hasMemoryAddress()) {
            RawMemory.copy(at(index, length), dst.memoryAddress() + dstIndex, length);
        } else if (dst.hasArray()) {
            RawMemory.copy(at(index, length), dst.array(), dst.arrayOffset() + dstIndex, length);
        } else {
            dst.setBytes(dstIndex, this, index, length);
        }
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, byte[] dst, int dstIndex, int length) {
        checkDstIndex(index, length, dstIndex, dst.length);
        RawMemory.copy(at(index, length), dst, dstIndex, length);
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, ByteBuffer dst) {
        checkIndex(index, dst.remaining());
        dst.put(view(index, dst.remaining()));
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, OutputStream out, int length) throws IOException {
        checkIndex(index, length);
        final byte[] chunk = new byte[Math.min(length, CHUNK)];
        for (int done = 0; done < length; done += chunk.length) {
            final int size = Math.min(length - done, chunk.length);
            RawMemory.copy(at(index + done, size), chunk, 0, size);
            out.write(chunk, 0, size);
        }
        return this;
    }

    @Override
    public int getBytes(int index, GatheringByteChannel out, int length) throws IOException {
        checkIndex(index, length);
        return out.write(view(index, length));
    }

    @Override
    public int getBytes(int index, FileChannel out, long position, int length) throws IOException {
        checkIndex(index, length);
        return out.write(view(index, length), position);
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuf src, int srcIndex, int length) {
        checkSrcIndex(index, length, srcIndex, src.capacity());
        if (src.hasMemoryAddress()) {
            RawMemory.copy(src.memoryAddress() + srcIndex, at(index, length), length);
        } else if (src.hasArray()) {
            RawMemory.copy(src.array(), src.arrayOffset() + srcIndex, at(index, length), length);
        } else {
            src.getBytes(srcIndex, this, index, length);
        }
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, byte[] src, int srcIndex, int length) {
        checkSrcIndex(index, length, srcIndex, src.length);
        RawMemory.copy(src, srcIndex, at(index, length), length);
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuffer src) {
        checkIndex(index, src.remaining());
        view(index, src.remaining()).put(src);
        return this;
    }

    /// One read from the stream, as long as it may be: the stream decides how much comes.
    @Override
    public int setBytes(int index, InputStream in, int length) throws IOException {
        checkIndex(index, length);
        final byte[] bytes = new byte[length];
        final int read = in.read(bytes, 0, length);
        if (read > 0) {
            RawMemory.copy(bytes, 0, at(index, read), read);
        }
        return read;
    }

    @Override
    public int setBytes(int index, ScatteringByteChannel in, int length) throws IOException {
        try {
            return in.read(internalNioBuffer(index, length));
        } catch (ClosedChannelException e) {
            return -1;                                  // as the contract has it
        }
    }

    @Override
    public int setBytes(int index, FileChannel in, long position, int length) throws IOException {
        try {
            return in.read(internalNioBuffer(index, length), position);
        } catch (ClosedChannelException e) {
            return -1;                                  // as the contract has it
        }
    }

    @Override
    public ByteBuf setZero(int index, int length) {
        if (length == 0) {
            return this;                                // unchecked, as in Netty
        }
        checkIndex(index, length);
        RawMemory.zero(at(index, length), length);
        return this;
    }

    @Override
    public ByteBuf copy(int index, int length) {
        checkIndex(index, length);
        return allocator.directBuffer(length, maxCapacity()).writeBytes(this, index, length);
    }

    // Views -----------------------------------------------------------------------------------------------------------

    /// {@return a new buffer over bytes of the block, at position 0} Nothing keeps the block alive.
    private ByteBuffer view(int index, int length) {
        return RawMemory.segment(at(index, length), length).asByteBuffer();
    }

    @Override
    public int nioBufferCount() {
        return 1;
    }

    @Override
    public ByteBuffer nioBuffer(int index, int length) {
        checkIndex(index, length);
        return view(index, length);
    }

    @Override
    public ByteBuffer[] nioBuffers(int index, int length) {
        return new ByteBuffer[] {nioBuffer(index, length)};
    }

    /// {@return the one view that is used over and over} Its owner must not be reading or writing by it meanwhile.
    @Override
    public ByteBuffer internalNioBuffer(int index, int length) {
        checkIndex(index, length);
        if (internalView == null) {
            internalView = view(0, capacity);
        }
        return internalView.clear().position(index).limit(index + length);
    }
}
