package io.offheap.allocator.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/// The hard limit refused an allocation.
@Name("io.offheap.LimitHit")
@Label("Limit Hit")
@Category({"Offheap", "Allocator"})
@Description("The hard limit refused an allocation when nothing was left to purge; listeners may still make room")
final class LimitHitEvent extends Event {
    @Label("Allocator")
    String allocator;

    @Label("Requested Size")
    @DataAmount
    long requestedBytes;

    @Label("Committed Size")
    @DataAmount
    long committedBytes;

    @Label("Hard Limit")
    @DataAmount
    long hardLimit;
}
