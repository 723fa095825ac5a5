package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.memory.types.Contents;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The example of docs/volatile.md compiles, runs, and is the one that is printed there.
@Tag("portable")
class VolatileMemoryExampleTest {

    @Test
    void exampleDoesWhatItSays() {
        // tag::example
        try (var allocator = OffHeapAllocator.create();
             var thumbnail = allocator.allocateVolatile(64 << 10)) {

            try (var pin = thumbnail.pin()) {                // build it
                pin.segment().fill((byte) 1);
            }                                                // from here on it may be purged

            // skip: what may happen
            assertEquals(64 << 10, allocator.purge());
            // end
            try (var pin = thumbnail.pin()) {                // use it
                if (pin.contents() == Contents.PURGED) {     // it was: build it again
                    pin.segment().fill((byte) 1);
                    pin.rebuilt();                           // whoever waits for it goes on
                }
                // skip: what is promised
                assertEquals(Contents.PURGED, pin.contents());
                assertEquals(1, pin.segment().get(ValueLayout.JAVA_BYTE, 0));
                // end
                pin.segment().get(ValueLayout.JAVA_BYTE, 0); // 1, whatever has happened
            }
        }
        // end::example
    }

    @Test
    void documentShowsIt() throws IOException {
        DocumentedExample.assertShown(VolatileMemoryExampleTest.class, "volatile.md");
    }
}
