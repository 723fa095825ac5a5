/// A `ByteBufAllocator` whose direct buffers are blocks of an [io.offheap.allocator.OffHeapAllocator].
package io.offheap.netty;
