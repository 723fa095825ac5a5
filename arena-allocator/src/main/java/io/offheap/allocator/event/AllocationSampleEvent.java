package io.offheap.allocator.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Throttle;

/// One of many allocations. See [Events#taken].
@Name("io.offheap.AllocationSample")
@Label("Allocation Sample")
@Category({"Offheap", "Allocator"})
@Description("Memory was taken from slabs or page runs; blocks that come back from a thread's own cache are not seen")
@Throttle("100/s")
final class AllocationSampleEvent extends Event {
    @Label("Allocator")
    String allocator;

    @Label("Block Size")
    @DataAmount
    long blockBytes;

    @Label("Sample Weight")
    @Description("What was taken since the last sample of this allocator")
    @DataAmount
    long weight;
}
