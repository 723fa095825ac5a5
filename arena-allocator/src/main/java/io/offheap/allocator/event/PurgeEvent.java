package io.offheap.allocator.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// Memory was given back.
@Name("io.offheap.Purge")
@Label("Purge")
@Category({"Offheap", "Allocator"})
@Description("Memory of free page runs was given back to the operating system")
@StackTrace(false)
public final class PurgeEvent extends Event {
    @Label("Allocator")
    String allocator;

    @Label("Cause")
    @Description("CALL, GROWTH, PRESSURE or DECAY")
    String cause;

    @Label("Size")
    @DataAmount
    long bytes;
}
