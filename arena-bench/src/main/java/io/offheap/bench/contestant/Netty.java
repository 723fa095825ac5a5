package io.offheap.bench.contestant;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.Version;
import io.netty.util.concurrent.FastThreadLocalThread;

/// `netty-pooled`, `netty-adaptive` and `netty-unpooled`: direct buffers of Netty, released to free them.
///
/// On threads of the kind Netty is made for: on others its pool has no thread caches and costs half as much again.
final class Netty extends ObjectContestant<ByteBuf> {

    private final ByteBufAllocator allocator;

    private Netty(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /// {@return `netty-pooled`}
    static Contestant pooled() {
        return new Netty(PooledByteBufAllocator.DEFAULT);
    }

    /// {@return `netty-adaptive`, Netty's default since 4.2}
    static Contestant adaptive() {
        return new Netty(new AdaptiveByteBufAllocator(true));
    }

    /// {@return `netty-unpooled`}
    static Contestant unpooled() {
        return new Netty(UnpooledByteBufAllocator.DEFAULT);
    }

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
    public Thread newThread(String name, Runnable work) {
        final Thread thread = new FastThreadLocalThread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public String version() {
        return libraryVersion();
    }

    /// {@return the version of Netty that is there}
    static String libraryVersion() {
        final Version version = Version.identify(Netty.class.getClassLoader()).get("netty-buffer");
        return "Netty " + (version == null ? "of unknown version" : version.artifactVersion());
    }
}
