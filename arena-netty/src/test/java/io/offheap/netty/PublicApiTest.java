package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.testkit.PublicApi;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Nothing that others compile against changes without being noticed.
class PublicApiTest {

    @Test
    void namesAndSignaturesAreThoseOfTheFile() throws Exception {
        final var classes = Path.of(OffHeapByteBufAllocator.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        assertEquals(List.of(), PublicApi.changes(Path.of("src/test/public-api.txt"), classes, "io.offheap.netty"));
    }
}
