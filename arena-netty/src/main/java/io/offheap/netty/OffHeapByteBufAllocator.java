package io.offheap.netty;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.offheap.allocator.Checks;
import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.os.RawMemory;
import java.util.Objects;

/// An allocator of Netty buffers whose direct buffers are blocks of an [OffHeapAllocator]: what they free stays at hand
/// without being in anybody's way, and is given back when memory is short or nobody wants it for a while.
///
/// ```
///   bootstrap.childOption(ChannelOption.ALLOCATOR, OffHeapByteBufAllocator.shared());
/// ```
///
/// Direct buffers have a memory address with or without `Unsafe`, grow in place where their block has room or a neighbour
/// is free, and their contents are unspecified when new, as those of Netty's pools are. Heap and composite buffers are
/// Netty's own. Buffers are reference-counted and leaks are found as everywhere in Netty
/// (`-Dio.netty.leakDetection.level`).
///
/// ## Ownership
/// A buffer belongs to whoever holds its last reference; releasing it frees the block and lets the *object* be used for another
/// buffer. As with Netty's pools it must not be touched afterwards: such a touch is refused as long as the object is not
/// in use again. Memory reached through [ByteBuf#memoryAddress] or a view ([ByteBuf#nioBuffer()]) is the next
/// buffer's after the release. The [OffHeapAllocator] is the caller's, and is closed after the last buffer was released.
///
/// ## Failure
/// When the memory cannot be had, `OutOfMemoryError` (its message names the limit) leaves everything as it was: a buffer that
/// could not grow keeps its capacity and contents. `IllegalStateException` after the [OffHeapAllocator] was closed. No release
/// fails because the Java heap is full: the block is freed later if need be.
///
/// ## Concurrency and cost
/// Any thread; a buffer may be released by another thread than the one that allocated it. A platform thread takes
/// block and object from stacks of its own: no lock, no garbage (docs/netty.md). Virtual threads make a new object
/// each time.
public final class OffHeapByteBufAllocator extends AbstractByteBufAllocator implements ByteBufAllocatorMetricProvider {

    /// Made when it is first asked for, and kept for as long as the process lives. Written under the class's lock.
    private static volatile OffHeapByteBufAllocator shared;

    /// Of a buffer that nothing is known of, bytes: as Netty has it.
    private static final int USUAL_CAPACITY = 256;

    private final OffHeapAllocator memory;
    private final Racks racks = new Racks();
    private final Unfreed unfreed = new Unfreed();

    private final ByteBufAllocatorMetric metric = new ByteBufAllocatorMetric() {
        @Override
        public long usedHeapMemory() {
            return racks.heapBytes();
        }

        @Override
        public long usedDirectMemory() {
            return racks.directBytes();
        }

        @Override
        public String toString() {
            return "usedHeapMemory: %d; usedDirectMemory: %d".formatted(usedHeapMemory(), usedDirectMemory());
        }
    };

    /// An allocator whose [#buffer()] is a direct one.
    ///
    /// @param memory where direct buffers come from; stays the caller's
    public OffHeapByteBufAllocator(OffHeapAllocator memory) {
        this(memory, true);
    }

    /// @param memory       where direct buffers come from; stays the caller's
    /// @param preferDirect whether [#buffer()] and [#compositeBuffer()] are direct; [#ioBuffer()] is in either case
    public OffHeapByteBufAllocator(OffHeapAllocator memory, boolean preferDirect) {
        super(preferDirect);
        this.memory = Objects.requireNonNull(memory, "memory");
    }

    /// {@return one for the whole process, over memory of its own that is never closed} Frees of that memory are not checked
    /// ([Checks#OFF]): the reference counts of the buffers refuse a second release before it comes to a free.
    ///
    /// When it cannot be made, the next call tries again.
    ///
    /// @throws UnsupportedOperationException if the platform is not supported
    /// @throws IllegalCallerException        if native access is denied to this library; the message names the flag
    /// @throws OutOfMemoryError              if no address space can be reserved
    public static OffHeapByteBufAllocator shared() {
        final var made = shared;
        return made != null ? made : makeShared();
    }

    private static synchronized OffHeapByteBufAllocator makeShared() {
        if (shared == null) {
            shared = new OffHeapByteBufAllocator(OffHeapAllocator.builder().name("netty").checks(Checks.OFF).build());
        }
        return shared;
    }

    /// {@return where direct buffers come from} Its [OffHeapAllocator#stats] tell more than [#metric].
    public OffHeapAllocator memory() {
        return memory;
    }

    /// {@return the capacities of all live buffers of this allocator, in bytes, by kind} Composite buffers count by their
    /// components.
    @Override
    public ByteBufAllocatorMetric metric() {
        return metric;
    }

    @Override
    public boolean isDirectBufferPooled() {
        return true;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return toLeakAwareBuffer(new CountedHeapByteBuf(this, initialCapacity, maxCapacity));
    }

    @Override
    public ByteBuf directBuffer() {
        return directBuffer(USUAL_CAPACITY, Integer.MAX_VALUE);
    }

    @Override
    public ByteBuf directBuffer(int initialCapacity) {
        return directBuffer(initialCapacity, Integer.MAX_VALUE);
    }

    @Override
    public ByteBuf directBuffer(int initialCapacity, int maxCapacity) {
        if (initialCapacity <= 0 || initialCapacity > maxCapacity) {
            return super.directBuffer(initialCapacity, maxCapacity);    // an empty one, or a caller's mistake
        }
        return FastPath.allocate(this, initialCapacity, maxCapacity);
    }

    /// {@return a buffer with memory} Nothing is allocated on the Java heap between the block and the buffer that has it: a full heap
    /// loses no block.
    ///
    /// @param initialCapacity not above `maxCapacity`; 0 for an empty buffer that may grow
    ByteBuf allocate(int initialCapacity, int maxCapacity) {
        final Rack rack = racks.current();
        final OffHeapByteBuf known = rack != null ? rack.take() : null;
        final OffHeapByteBuf buffer = known != null ? known : newBuffer();
        final long address = memory.allocateAddress(initialCapacity);
        racks.addDirect(rack, initialCapacity);
        buffer.use(rack, address, initialCapacity, maxCapacity);
        try {
            return toLeakAwareBuffer(buffer);
        } catch (OutOfMemoryError heapIsFull) {
            buffer.release();
            throw heapIsFull;
        }
    }

    /// {@return a buffer object without memory} It is made seldom, so what waits to be freed gets its chance here.
    private OffHeapByteBuf newBuffer() {
        final var buffer = new OffHeapByteBuf(this);
        unfreed.freeAll();
        return buffer;
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return allocate(initialCapacity, maxCapacity);
    }

    /// Counts a block that was freed by another thread than the one that allocated it, and takes back its buffer for re-use.
    void released(OffHeapByteBuf buffer, int capacity) {
        final Rack rack = racks.current();
        racks.addDirect(rack, -(long) capacity);
        if (rack != null) {
            rack.put(buffer);
        }
    }

    /// Takes a buffer whose last reference is gone and whose block could not be freed, since the Java heap is full.
    void couldNotFree(OffHeapByteBuf buffer) {
        unfreed.add(buffer);
    }

    /// {@return the block of a buffer after its size was changed, which keeps the bytes that fit}
    long reallocate(long address, int capacity, int newCapacity) {
        final Rack rack = racks.current();
        final long moved = memory.reallocate(RawMemory.segment(address, capacity), newCapacity).address();
        racks.addDirect(rack, (long) newCapacity - capacity);
        return moved;
    }

    /// Counts bytes of heap buffers.
    void countHeap(int bytes) {
        racks.addHeap(bytes);
    }
}
