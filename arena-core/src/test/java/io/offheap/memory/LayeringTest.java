package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.memory.types.Contents;
import io.offheap.testkit.Layering;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The floor plan of docs/architecture.md.
class LayeringTest {

    private static final Layering PLAN = new Layering(List.of(
            "io.offheap.memory",
            "io.offheap.memory.pressure",
            "io.offheap.memory.purge",
            "io.offheap.memory.space",
            "io.offheap.memory.policy",
            "io.offheap.memory.distributed",
            "io.offheap.memory.table",
            "io.offheap.memory.frame",
            "io.offheap.memory.mapping",
            "io.offheap.memory.range",
            "io.offheap.memory.source",
            "io.offheap.memory.os",
            "io.offheap.memory.util",
            "io.offheap.memory.types"), "io.offheap.memory.os");

    @Test
    void everyPackageUsesOnlyWhatIsBelowIt() throws Exception {
        final var classes = Path.of(Contents.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        assertEquals(Set.of(), PLAN.violations(classes));
    }
}
