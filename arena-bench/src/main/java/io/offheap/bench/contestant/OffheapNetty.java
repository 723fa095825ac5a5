package io.offheap.bench.contestant;

import io.netty.buffer.ByteBuf;
import io.offheap.allocator.Checks;
import io.offheap.allocator.OffHeapAllocator;
import io.offheap.netty.OffHeapByteBufAllocator;

/// `offheap-netty`: direct buffers of Netty over the allocator of this project, released to free them.
///
/// On plain threads and without `Unsafe`: it needs neither. Frees are not checked, as in
/// [OffHeapByteBufAllocator#shared()] and in Netty's own pools.
final class OffheapNetty extends ObjectContestant<ByteBuf> {

    private final OffHeapAllocator memory = OffHeapAllocator.builder().name("netty").checks(Checks.OFF).build();
    private final OffHeapByteBufAllocator allocator = new OffHeapByteBufAllocator(memory);

    @Override
    ByteBuf allocate(long sizeBytes) {
        return allocator.directBuffer((int) sizeBytes);
    }

    @Override
    long address(ByteBuf block) {
        return block.memoryAddress();
    }

    @Override
    void free(ByteBuf block) {
        block.release();
    }

    @Override
    public String version() {
        return Netty.libraryVersion();
    }

    @Override
    public void purge() {
        memory.purge();
    }

    @Override
    public Counters counters() {
        return Offheap.counters(memory);
    }

    @Override
    public void close() {
        memory.close();
    }
}
