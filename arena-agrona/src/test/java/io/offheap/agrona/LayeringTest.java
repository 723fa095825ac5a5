package io.offheap.agrona;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.testkit.Layering;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The floor plan of docs/architecture.md.
class LayeringTest {

    private static final Layering PLAN =
            new Layering(List.of("io.offheap.agrona", "io.offheap.allocator", "io.offheap.memory.os"), "");

    @Test
    void nothingRestrictedIsCalled() throws Exception {
        final var classes = OffHeapBuffer.class.getProtectionDomain().getCodeSource().getLocation();
        assertEquals(Set.of(), PLAN.violations(Path.of(classes.toURI())));
    }
}
