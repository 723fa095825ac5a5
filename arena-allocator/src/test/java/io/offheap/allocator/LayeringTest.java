package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.allocator.size.SizeClasses;
import io.offheap.testkit.Layering;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The floor plan of docs/architecture.md.
class LayeringTest {

    private static final List<String> CORE = List.of(
            "io.offheap.memory",
            "io.offheap.memory.pressure",
            "io.offheap.memory.purge",
            "io.offheap.memory.source",
            "io.offheap.memory.os",
            "io.offheap.memory.util",
            "io.offheap.memory.types");

    private static final List<String> ALLOCATOR = List.of(
            "io.offheap.allocator",
            "io.offheap.allocator.safety",
            "io.offheap.allocator.pin",
            "io.offheap.allocator.cache",
            "io.offheap.allocator.shard",
            "io.offheap.allocator.slab",
            "io.offheap.allocator.extent",
            "io.offheap.allocator.event",
            "io.offheap.allocator.size",
            "io.offheap.allocator.debug");

    private static Set<String> violations(List<String> topDown) throws Exception {
        return new Layering(topDown, "").violations(
                Path.of(SizeClasses.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    }

    @Test
    void everyPackageUsesOnlyWhatIsBelowItAndNothingRestricted() throws Exception {
        final var plan = new ArrayList<>(ALLOCATOR);
        plan.addAll(CORE);
        assertEquals(Set.of(), violations(plan));
    }
}
