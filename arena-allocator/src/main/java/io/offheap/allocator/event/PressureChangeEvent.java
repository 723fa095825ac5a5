package io.offheap.allocator.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// Memory became shorter, or less short.
@Name("io.offheap.PressureChange")
@Label("Pressure Change")
@Category({"Offheap", "Allocator"})
@Description("The daemon found memory shorter, or less short, than before")
@StackTrace(false)
final class PressureChangeEvent extends Event {
    @Label("Allocator")
    String allocator;

    @Label("From")
    @Description("NONE, SOME or CRITICAL")
    String from;

    @Label("To")
    @Description("NONE, SOME or CRITICAL")
    String to;

    @Label("Headroom")
    @Description("What is left below the tightest limit; negative when it is exceeded")
    @DataAmount
    long headroomBytes;
}
