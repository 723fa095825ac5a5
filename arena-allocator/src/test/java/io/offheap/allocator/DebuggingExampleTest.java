package io.offheap.allocator;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.debug.DebugListener;
import io.offheap.allocator.debug.DebugReport;
import io.offheap.allocator.debug.Debugging;
import io.offheap.allocator.debug.MemoryError;
import java.io.IOException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// The example of docs/debugging.md compiles, runs, and is the one that is printed there.
class DebuggingExampleTest {

    @Test
    void exampleFindsWhatItSays() {
        // tag::example
        final var found = new CopyOnWriteArrayList<String>();
        final var listener = new DebugListener() {
            @Override
            public void found(MemoryError error) {
                found.add(error.text());
            }

            @Override
            public void leaked(DebugReport report) {
                found.add(report.page());
            }
        };
        try (var allocator = OffHeapAllocator.builder().debug(Debugging.full().listener(listener)).build()) {
            final var block = allocator.allocate(100, 1);
            allocator.free(block);
            block.set(JAVA_BYTE, 7, (byte) 1);
            allocator.allocate(200, 1);
        }
        // skip: what is promised
        assertEquals(2, found.size(), found::toString);
        assertTrue(found.getFirst().startsWith("WRITE_AFTER_FREE"), found::toString);
        assertTrue(found.getLast().contains("1 live blocks of 200 bytes"), found::toString);
        // end
        System.out.println(found);          // WRITE_AFTER_FREE at offset 7, who freed and who allocated the block; a leak of 200 bytes
        // end::example
    }

    @Test
    void documentShowsIt() throws IOException {
        DocumentedExample.assertShown(DebuggingExampleTest.class, "debugging.md");
    }
}
