package io.offheap.allocator.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/// Address space was used for the first time.
@Name("io.offheap.Growth")
@Label("Growth")
@Category({"Offheap", "Allocator"})
@Description("Address space was used for the first time")
final class GrowthEvent extends Event {
    @Label("Allocator")
    String allocator;

    @Label("Size")
    @DataAmount
    long bytes;

    @Label("Mapped Size")
    @Description("All address space that was ever used")
    @DataAmount
    long mappedBytes;
}
