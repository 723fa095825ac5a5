package example.service;

import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.VolatileMemory;
import io.offheap.memory.types.Contents;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// Pages that are dear to make, kept where the machine may take them back: each lies in a block of its own that is volatile
/// while nobody reads it. When memory is short the pages that were not asked for longest go first; they are made again when
/// somebody asks.
///
/// Thread-safe.
final class PageCache implements AutoCloseable {

    /// Where a page came from.
    enum Outcome { MADE, HIT, MADE_AGAIN }

    /// Takes a page, of so many bytes.
    interface Receiver {
        OutputStream begin(Outcome outcome, long bytes) throws IOException;
    }

    private final OffHeapAllocator allocator;
    private final Function<String, byte[]> origin;
    private final ConcurrentHashMap<String, VolatileMemory> pages = new ConcurrentHashMap<>();

    /// @param origin makes a page; of one name always the same size, as the block is that large
    PageCache(OffHeapAllocator allocator, Function<String, byte[]> origin) {
        this.allocator = allocator;
        this.origin = origin;
    }

    /// Sends the page of that name, without a copy on the heap where it is there.
    void send(String name, Receiver receiver) throws IOException {
        final var made = new boolean[1];
        final var page = pages.computeIfAbsent(name, missing -> {
            made[0] = true;
            return make(missing);
        });
        try (var pin = page.pinConfined()) {
            final boolean lost = pin.contents() == Contents.PURGED;
            if (lost) {
                pin.segment().copyFrom(MemorySegment.ofArray(origin.apply(name)));
                pin.rebuilt();                      // those who wait for the same page go on
            }
            final var outcome = lost ? Outcome.MADE_AGAIN : made[0] ? Outcome.MADE : Outcome.HIT;
            try (var out = Channels.newChannel(receiver.begin(outcome, page.byteSize()))) {
                out.write(pin.segment().asByteBuffer());
            }
        }
    }

    private VolatileMemory make(String name) {
        final var bytes = origin.apply(name);
        final var page = allocator.allocateVolatile(bytes.length);
        try (var pin = page.pinConfined()) {
            pin.segment().copyFrom(MemorySegment.ofArray(bytes));
        }
        return page;
    }

    /// To be called when nobody sends any more.
    @Override
    public void close() {
        pages.values().forEach(VolatileMemory::close);
    }
}
