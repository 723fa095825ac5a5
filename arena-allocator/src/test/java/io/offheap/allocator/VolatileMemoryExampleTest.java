package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.offheap.memory.types.Contents;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    private static List<String> trimmed(String code) {
        return code.lines().map(String::trim).filter(line -> !line.isEmpty()).toList();
    }

    @Test
    void documentShowsIt() throws IOException {
        final var source = Files.readString(Path.of("src/test/java/io/offheap/allocator/VolatileMemoryExampleTest.java"));
        final var document = Files.readString(Path.of("../docs/volatile.md"));
        final var from = "// tag::" + "example\n";
        final var example = source.substring(source.indexOf(from) + from.length(), source.indexOf("// end::" + "example"))
                .replaceAll("(?s)// skip:.*?// end\n", "");
        final int start = document.indexOf("```java\n") + "```java\n".length();
        final var shown = trimmed(document.substring(start, document.indexOf("```", start)));
        assertFalse(shown.isEmpty());
        assertEquals(trimmed(example), shown);
    }
}
