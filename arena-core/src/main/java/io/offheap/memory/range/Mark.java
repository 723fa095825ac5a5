package io.offheap.memory.range;

/// That a range is volatile.
///
/// @param full whether losing one page means losing all that can be lost (FULL), or pages are lost one by one
/// @param time when it was marked, by the clock of the domain; parts of a range that was cut keep it
public record Mark(boolean full, long time) {}
