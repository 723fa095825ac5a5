package example.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.OffHeapAllocator;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CachingServerTest {

    private static final int PAGES = 32;
    private static final long PAGE = 256 << 10;

    private final AtomicInteger made = new AtomicInteger();

    private byte[] make(String path) {
        made.incrementAndGet();
        return CachingServer.render(path);
    }

    /// Asks for a page and checks it.
    ///
    /// @return where it came from
    private static String ask(HttpClient client, CachingServer server, int page) throws Exception {
        final var path = "/page/" + page;
        final var address = URI.create("http://127.0.0.1:" + server.port() + path);
        final HttpResponse<byte[]> answer = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
        assertEquals(200, answer.statusCode());
        assertArrayEquals(CachingServer.render(path), answer.body(), path);
        return answer.headers().firstValue("X-Cache").orElseThrow();
    }

    /// An answer may be here before the server's thread has let go of the page.
    ///
    /// @return bytes that were given back
    private static long purgeUntil(OffHeapAllocator allocator, long bytes) {
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        long purged = allocator.purge();
        while (purged < bytes && System.nanoTime() < deadline) {
            Thread.yield();
            purged += allocator.purge();
        }
        return Math.min(purged, bytes);                 // and what else was volatile
    }

    @Test
    void pagesAreKeptUntilMemoryIsShortAndMadeAgainAfterwards() throws Exception {
        try (var allocator = OffHeapAllocator.builder().managementBeans(false).pressure().build();
             var server = new CachingServer(0, allocator, this::make); var client = HttpClient.newHttpClient()) {
            for (final var expected : new String[] {"MADE", "HIT", "HIT"}) {
                for (int page = 0; page < PAGES; page++) {
                    assertEquals(expected, ask(client, server, page));
                }
            }
            assertEquals(PAGES, made.get());
            assertEquals(PAGES * PAGE, purgeUntil(allocator, PAGES * PAGE), "what a short machine would take");
            for (final var expected : new String[] {"MADE_AGAIN", "HIT"}) {
                for (int page = 0; page < PAGES; page++) {
                    assertEquals(expected, ask(client, server, page));
                }
            }
            assertEquals(2 * PAGES, made.get());
        }
    }

    @Test
    void cacheLargerThanItsLimitServesEveryPageWithoutFail() throws Exception {
        try (var allocator = OffHeapAllocator.builder().managementBeans(false).pressure().hardLimit(PAGES * PAGE / 4).build();
             var server = new CachingServer(0, allocator, this::make); var client = HttpClient.newHttpClient();
             var threads = Executors.newFixedThreadPool(4)) {
            final var requests = new ArrayList<Callable<String>>();
            for (int i = 0; i < 4 * PAGES; i++) {
                final int page = i % PAGES;
                requests.add(() -> ask(client, server, page));
            }
            for (final var answer : threads.invokeAll(requests)) {
                answer.get();                       // throws what the check threw
            }
            assertTrue(made.get() > PAGES, () -> made + " pages made: nothing has given way");
            assertTrue(allocator.stats().page().length() > 0);
        }
    }
}
