package io.offheap.memory.pressure;

import java.util.List;

/// A source for which the kernel says by itself that something has changed.
interface EventSource {

    /// {@return what to wait for until the next look} Asked after each look, on the daemon's thread alone; may set up
    /// events anew, because what is worth an event depends on limits that change. Answers empty where the kernel offers
    /// no event or the process may not have it; never throws. The events belong to the source.
    List<PressureEvent> events();
}
