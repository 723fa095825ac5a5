package io.offheap.allocator;

/// What one class of small blocks holds and has handed out.
///
/// ```
///   used + cached + free       = slots
///   slotsTaken - slotsGiven    = used + cached
/// ```
///
/// Slots move between slabs and caches in batches, and only those moves are counted: a block that is freed and
/// allocated again from one thread's cache is not. So `slotsTaken` is a lower bound of the allocations of the class,
/// and counting costs the fast path nothing.
///
/// @param slotBytes   size of a slot
/// @param slabs       how many there are
/// @param slots       in those slabs
/// @param usedSlots   in blocks that callers hold
/// @param cachedSlots free, at threads' hands
/// @param freeSlots   free in their slab
/// @param slotsTaken  moved from slabs to caches, since the start
/// @param slotsGiven  moved back, since the start
public record SizeClassStats(
        int slotBytes,
        long slabs,
        long slots,
        long usedSlots,
        long cachedSlots,
        long freeSlots,
        long slotsTaken,
        long slotsGiven) {}
