package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.offheap.allocator.OffHeapAllocator;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
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
    private static final int MOST_BYTES = 64 << 10;

    /// Answers with what it was sent, from a buffer of its own.
    private static final class Echo extends SimpleChannelInboundHandler<FullHttpRequest> {

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            final ByteBuf body = context.alloc().buffer().writeBytes(request.content());
            final var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
            response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
            context.writeAndFlush(response);
        }
    }

    private static Channel serve(EventLoopGroup group, OffHeapByteBufAllocator allocator) {
        return new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(
                                new HttpServerCodec(), new HttpObjectAggregator(MOST_BYTES), new Echo());
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly().channel();
    }

    @Test
    void everyRequestIsAnsweredAndNothingStays() throws Exception {
        try (var memory = OffHeapAllocator.builder().name("http").hardLimit(256L << 20).managementBeans(false).build()) {
            final var allocator = new OffHeapByteBufAllocator(memory);
            final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
            try {
                final Channel server = serve(group, allocator);
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
        try (var socket = new Socket(server.getAddress(), server.getPort())) {
            socket.setTcpNoDelay(true);
            final var in = new BufferedInputStream(socket.getInputStream());
            for (int i = 0; i < REQUESTS; i++) {
                final byte[] body = new byte[random.nextInt(8) == 0 ? random.nextInt(MOST_BYTES) : random.nextInt(500)];
                random.nextBytes(body);
                socket.getOutputStream().write(request(body));
                assertArrayEquals(body, response(in), "request " + i);
                bytes += body.length;
            }
        }
        return bytes;
    }

    private static byte[] request(byte[] body) {
        final byte[] head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n".formatted(body.length)
                .getBytes(StandardCharsets.US_ASCII);
        final byte[] request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return request;
    }

    private static byte[] response(InputStream in) throws IOException {
        assertEquals("HTTP/1.1 200 OK", line(in));
        final String length = line(in);
        assertEquals("", line(in));
        return in.readNBytes(Integer.parseInt(length.substring("content-length: ".length())));
    }

    private static String line(InputStream in) throws IOException {
        final var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            assertTrue(c >= 0, "the server has closed the connection");
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }
}
