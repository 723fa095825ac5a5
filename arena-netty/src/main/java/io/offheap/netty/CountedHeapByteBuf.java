package io.offheap.netty;

import io.netty.buffer.UnpooledHeapByteBuf;

/// Netty's heap buffer, whose bytes are counted.
final class CountedHeapByteBuf extends UnpooledHeapByteBuf {

    CountedHeapByteBuf(OffHeapByteBufAllocator allocator, int initialCapacity, int maxCapacity) {
        super(allocator, initialCapacity, maxCapacity);
    }

    @Override
    protected byte[] allocateArray(int initialCapacity) {
        final byte[] array = super.allocateArray(initialCapacity);
        ((OffHeapByteBufAllocator) alloc()).countHeap(array.length);
        return array;
    }

    @Override
    protected void freeArray(byte[] array) {
        super.freeArray(array);
        ((OffHeapByteBufAllocator) alloc()).countHeap(-array.length);
    }
}
