package io.offheap.allocator.slab;

/// What one bin holds and has handed out, at one moment.
///
/// @param slabs      how many there are
/// @param slots      in them
/// @param usedSlots  of them handed to caches and callers
/// @param slotsTaken handed to caches and callers since the start; `slotsTaken - usedSlots` came back
public record BinStats(long slabs, long slots, long usedSlots, long slotsTaken) {}
