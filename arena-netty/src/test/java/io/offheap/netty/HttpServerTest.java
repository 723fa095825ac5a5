package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import io.offheap.allocator.OffHeapAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A web server whose buffers are ours answers clients on the loopback device; in the end nothing is left in use.
///
/// `-Phttp-load` makes it a load test: more connections, more requests, all of them bounded.
class HttpServerTest {

    private static final int CONNECTIONS = Integer.getInteger("http.connections");
    private static final int REQUESTS = Integer.getInteger("http.requests");

    @Test
    void everyRequestIsAnsweredAndNothingStays() throws Exception {
        try (var memory = OffHeapAllocator.builder().name("http").hardLimit(256L << 20).managementBeans(false).build()) {
            final var allocator = new OffHeapByteBufAllocator(memory);
            final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
            try {
                final Channel server = EchoServer.start(group, allocator);
                final long bytes = load((InetSocketAddress) server.localAddress());
                assertTrue(bytes > 0);
                server.close().syncUninterruptibly();
            } finally {
                final Future<?> stopped = group.shutdownGracefully(0, 30, TimeUnit.SECONDS);
                stopped.syncUninterruptibly();
            }
            assertEquals(0, allocator.metric().usedDirectMemory());
            assertEquals(0, allocator.metric().usedHeapMemory());
            assertEquals(0, memory.stats().allocatedBytes());
        }
    }

    private static long load(InetSocketAddress server) throws Exception {
        final List<Callable<Long>> clients = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            final int seed = i;
            clients.add(() -> requests(server, new Random(seed)));
        }
        long bytes = 0;
        try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            for (final var client : threads.invokeAll(clients)) {
                bytes += client.get();
            }
        }
        return bytes;
    }

    private static long requests(InetSocketAddress server, Random random) throws IOException {
        long bytes = 0;
        try (var client = new EchoClient(server, random)) {
            for (int i = 0; i < REQUESTS; i++) {
                bytes += client.request();
            }
        }
        return bytes;
    }
}
