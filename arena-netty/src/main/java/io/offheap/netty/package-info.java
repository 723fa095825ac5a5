/// Decides how Netty's direct buffers are blocks of an [io.offheap.allocator.OffHeapAllocator]: a `ByteBufAllocator` and its buffers.
package io.offheap.netty;
