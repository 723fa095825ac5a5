package example.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.offheap.allocator.OffHeapAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/// An HTTP server with a [PageCache] in front of what makes the pages. The answer's header `X-Cache` tells where a page
/// came from.
public final class CachingServer implements AutoCloseable {

    private static final int PAGE_BYTES = 256 << 10;

    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private final PageCache cache;

    /// Listens on the loopback interface.
    ///
    /// @param port      0: any that is free
    /// @param allocator of the cache's memory, closed by the caller
    /// @param origin    makes the page of a path
    CachingServer(int port, OffHeapAllocator allocator, Function<String, byte[]> origin) throws IOException {
        cache = new PageCache(allocator, origin);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(workers);
        server.createContext("/", this::answer);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            cache.send(exchange.getRequestURI().getPath(), (outcome, bytes) -> {
                exchange.getResponseHeaders().set("X-Cache", outcome.name());
                exchange.sendResponseHeaders(200, bytes);
                return exchange.getResponseBody();
            });
        }
    }

    @Override
    public void close() {
        server.stop(1);
        workers.close();
        cache.close();
    }

    /// Serves pages of 256 KiB until it is stopped: `http://localhost:8080/any/path`.
    public static void main(String[] arguments) throws IOException {
        final var allocator = OffHeapAllocator.builder().name("pages").build();
        final var server = new CachingServer(8080, allocator, CachingServer::render);
        System.out.println("listening on port " + server.port());
    }

    static byte[] render(String path) {
        final var page = new byte[PAGE_BYTES];
        Arrays.fill(page, (byte) path.hashCode());
        return page;
    }
}
