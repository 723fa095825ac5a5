package io.offheap.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.OffHeapAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SurfaceTest {

    private final Counters counters = new Counters();
    private final OffHeapAllocator allocator = OffHeapAllocator.builder().name("surface").managementBeans(false).build();
    private final AtomicInteger made = new AtomicInteger();
    private final Surface surface = new Surface(counters, new Log(Log.Verbosity.OFF), () -> {
        made.incrementAndGet();
        return allocator;
    });

    @AfterEach
    void close() {
        allocator.close();
    }

    @Test
    void buffersAndArenasComeFromTheAllocatorWhichIsMadeByTheFirstCall() {
        assertEquals(0, made.get());
        final var buffer = surface.allocateDirect(1000);
        assertEquals(1000, allocator.stats().directBufferBytes());
        try (var arena = surface.ofConfined()) {
            assertTrue(arena instanceof io.offheap.allocator.OffHeapArena, arena::toString);
        }
        assertEquals(1, made.get());
        assertEquals(1000, buffer.capacity());
        assertEquals(1, counters.calls().get("ByteBuffer.allocateDirect"));
        assertEquals(1, counters.calls().get("Arena.ofConfined"));
    }

    @Test
    void mistakesAreThoseOfTheCallerAndDoNotTurnTheAllocatorOff() {
        assertThrows(IllegalArgumentException.class, () -> surface.allocateDirect(-1));
        surface.allocateDirect(10);
        assertEquals(1, allocator.stats().directBuffers());
    }

    @Test
    void memoryComesFromTheJdkWhereTheAllocatorCannotBeMade() {
        final var without = new Surface(counters, new Log(Log.Verbosity.OFF), () -> {
            made.incrementAndGet();
            throw new UnsupportedOperationException("no such platform");
        });
        assertEquals(10, without.allocateDirect(10).capacity());
        assertEquals(10, without.allocateDirect(10).capacity());
        try (var arena = without.ofConfined()) {
            assertEquals(8, arena.allocate(8).byteSize());
        }
        assertEquals(1, made.get());
        assertEquals(0, allocator.stats().directBuffers());
    }

    @Test
    void warningNamesTheOptionThatIsWrongAndTheFlagThatIsMissing() {
        final var wrongOption = new IllegalArgumentException(
                "io.offheap.hardLimit=much: For input string: \"much\"", new NumberFormatException("For input string: \"much\""));
        assertEquals("io.offheap.hardLimit=much: For input string: \"much\"", Surface.reason(wrongOption));
        assertEquals("denied; --enable-native-access=ALL-UNNAMED grants it",
                Surface.reason(new ExceptionInInitializerError(new IllegalCallerException("denied"))));
        assertEquals("java.lang.IllegalArgumentException: io.offheap.pages=none",
                Surface.reason(new ExceptionInInitializerError(new IllegalArgumentException("io.offheap.pages=none"))));
    }

    /// A program's own logger or management bean may want a buffer as soon as it is asked for.
    @Test
    void memoryThatIsWantedWhileTheAllocatorIsMadeComesFromTheJdk() {
        final var self = new AtomicReference<Surface>();
        final var early = new AtomicReference<ByteBuffer>();
        self.set(new Surface(counters, new Log(Log.Verbosity.OFF), () -> {
            made.incrementAndGet();
            early.set(self.get().allocateDirect(10));
            return allocator;
        }));
        final var first = self.get().allocateDirect(20);
        assertEquals(1, made.get());
        assertEquals(10, early.get().capacity());
        assertEquals(20, first.capacity());
        assertEquals(1, allocator.stats().directBuffers());
    }

    /// It may hold what the maker waits for, such as the lock of a class that is being initialized.
    @Test
    @Timeout(60)
    void threadThatWantsMemoryMeanwhileDoesNotWait() {
        final var self = new AtomicReference<Surface>();
        final var early = new AtomicReference<ByteBuffer>();
        self.set(new Surface(counters, new Log(Log.Verbosity.OFF), () -> {
            final var other = Thread.ofPlatform().start(() -> early.set(self.get().allocateDirect(10)));
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return allocator;
        }));
        assertEquals(20, self.get().allocateDirect(20).capacity());
        assertEquals(10, early.get().capacity());
        assertEquals(1, allocator.stats().directBuffers());
    }
}
