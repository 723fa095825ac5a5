package io.offheap.allocator;

import io.offheap.allocator.shard.Shards;
import java.util.stream.LongStream;

/// Compares what buffers, berths, spares and automatic arenas have with what they have taken of the allowance, and with what the page map
/// says of it. For tests, when nobody else is at work.
///
/// ## Invariants
/// - **Z1** what is taken of the allowance is what the blocks of buffers, berths, spares and automatic arenas count with, and what vacancies
///   keep; within the limit
/// - **Z2** the block of a buffer or a berth, or a spare, is in use and hidden, and if it is a slot, one of the class that it is used as
/// - **Z3** no slot is one of two of these
/// - **Z4** where blocks count with what was asked for, no vacancy keeps anything, and there are neither berths nor spares
///
/// @param arenaBytes  what blocks of automatic arenas count with
/// @param countsSlots whether slots count whole
record CollectedCheck(Shards shards, Blocks blocks, Allowance allowance, BufferTable buffers, BufferBerths berths, Spares spares,
        long arenaBytes, boolean countsSlots) {

    /// {@return the slots among the blocks, in order}
    ///
    /// @throws AssertionError naming the invariant
    long[] check() {
        buffers.checkInvariants();
        berths.checkInvariants(shards.classes());
        spares.checkInvariants();
        final var slots = LongStream.builder();
        final long[] sum = {buffers.room() + arenaBytes};
        holds("Z4", countsSlots || buffers.room() == 0, buffers.room(), Blocks.NO_SLOT);
        buffers.forEach((address, capacity) -> {
            final int slotClass = blocks.slotClass(capacity, 1);
            checkBlock(address, slotClass, slots);
            sum[0] += countsSlots && slotClass != Blocks.NO_SLOT ? shards.classes().sizeOf(slotClass) : capacity;
        });
        berths.forEach((address, slotClass) -> sum[0] += checkSlot(address, slotClass, slots));
        spares.forEach((address, slotClass) -> sum[0] += checkSlot(address, slotClass, slots));
        final long[] sorted = distinct(slots.build().sorted().toArray());
        if (sum[0] != allowance.taken() || sum[0] > allowance.limit()) {
            throw new AssertionError("Z1: expected %d, found %d taken; limit %d".formatted(sum[0], allowance.taken(), allowance.limit()));
        }
        return sorted;
    }

    private static long[] distinct(long[] sorted) {
        for (int i = 1; i < sorted.length; i++) {
            holds("Z3", sorted[i - 1] != sorted[i], sorted[i], Blocks.NO_SLOT);
        }
        return sorted;
    }

    /// {@return what a slot that waits, or is at a berth, counts with}
    private long checkSlot(long address, int slotClass, LongStream.Builder slots) {
        holds("Z4", countsSlots, address, slotClass);
        checkBlock(address, slotClass, slots);
        return shards.classes().sizeOf(slotClass);
    }

    private void checkBlock(long address, int slotClass, LongStream.Builder slots) {
        if (isBlind()) {
            return;
        }
        holds("Z2", slotClass == Blocks.NO_SLOT ? isHiddenLarge(address) : isHidden(address, slotClass), address, slotClass);
        if (slotClass != Blocks.NO_SLOT) {
            slots.add(address);
        }
    }

    /// With a safety kit no block is known by its address: it may be within another.
    private boolean isBlind() {
        return blocks.slotClass(1, 1) == Blocks.NO_SLOT;
    }

    private boolean isHidden(long address, int slotClass) {
        return shards.hasHandedOut(address, slotClass) && !shards.isLive(address, slotClass);
    }

    private boolean isHiddenLarge(long address) {
        final var extent = shards.extentOf(shards.entryOf(address));
        return extent != null && extent.address() == address && extent.isActive() && extent.attachment() == LargeBlocks.HIDDEN;
    }

    private static void holds(String invariant, boolean condition, long address, int slotClass) {
        if (!condition) {
            throw new AssertionError("%s: block 0x%x, class %d".formatted(invariant, address, slotClass));
        }
    }
}
