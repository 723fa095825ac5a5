package io.offheap.allocator.cache;

import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.source.RegionSource.FirstRegion;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.HashSet;

/// Recomputes the invariants K1 to K4 of [SlotStacks], whose fields these are. O(slots).
record StacksCheck(SlotClasses classes, FirstRegion first, long[] heads, MemorySegment[] stacks, long opened, long growthBytes) {

    /// {@return true}
    ///
    /// @throws AssertionError naming the invariant
    boolean check() {
        long growth = 0;
        for (int slotClass = 0; slotClass < stacks.length; slotClass++) {
            final var stack = stacks[slotClass];
            equal("K1", slotClass, stack == null ? 0 : 1, opened >>> slotClass & 1);
            if (stack == null) {
                equal("K1", slotClass, SlotStacks.ZERO.address(), head(slotClass, SlotStacks.TOP));
                equal("K1", slotClass, 0, head(slotClass, SlotStacks.END));
            } else {
                checkSlots(slotClass, stack);
                growth += growth(slotClass, (int) (stack.byteSize() / Long.BYTES) - 1);
            }
            checkShadow(slotClass);
        }
        equal("K1", stacks.length, 0, stacks.length == Long.SIZE ? 0 : opened >>> stacks.length);
        equal("K3", -1, growth, growthBytes);
        holds("K3", -1, growth <= SlotStacks.MOST_GROWTH_BYTES, growth);
        return true;
    }

    private long head(int slotClass, int field) {
        return heads[SlotStacks.headOf(slotClass) + field];
    }

    private void checkSlots(int slotClass, MemorySegment stack) {
        final long top = head(slotClass, SlotStacks.TOP);
        holds("K1", slotClass, top >= stack.address() && (top - stack.address()) % Long.BYTES == 0, top);
        holds("K1", slotClass, top <= head(slotClass, SlotStacks.END), top);
        equal("K1", slotClass, stack.address() + stack.byteSize() - Long.BYTES, head(slotClass, SlotStacks.END));
        equal("K2", slotClass, 0, RawMemory.getLong(stack.address()));
        final var seen = new HashSet<Long>();
        for (long place = stack.address() + Long.BYTES; place <= top; place += Long.BYTES) {
            final long word = RawMemory.getLong(place);
            final long slot = Math.abs(word);
            final boolean isNear = Long.compareUnsigned(slot - first.base(), first.size()) < 0;
            holds("K2", slotClass, slot != 0 && word > 0 == isNear, word);
            holds("K2", slotClass, seen.add(slot), word);
        }
        Reference.reachabilityFence(stack);
    }

    private long growth(int slotClass, int capacity) {
        final int size = classes.sizeOf(slotClass);
        final int begin = SlotStacks.firstCapacity(slotClass, size);
        holds("K3", slotClass, capacity % begin == 0 && Integer.bitCount(capacity / begin) == 1, capacity);
        holds("K3", slotClass, capacity <= Math.max(begin, SlotStacks.MOST_SLOTS), capacity);
        return (long) (capacity - begin) * size;
    }

    private void checkShadow(int slotClass) {
        final boolean isShadowed = first.shadow() != 0;
        final int shift = isShadowed ? SlotClasses.cellShift(slotClass) : 0;
        equal("K4", slotClass, isShadowed ? shift : SlotStacks.NO_SHADOW, head(slotClass, SlotStacks.SHIFT));
        if (isShadowed) {
            final long last = first.base() + first.size() - 1;
            equal("K4", slotClass, first.shadow() + (last - first.base() + 2 * first.size() >>> shift),
                    last + head(slotClass, SlotStacks.BIAS) >>> shift);
        }
    }

    private static void equal(String invariant, int slotClass, long expected, long actual) {
        if (expected != actual) {
            throw new AssertionError("%s: class %d: expected %d, found %d".formatted(invariant, slotClass, expected, actual));
        }
    }

    private static void holds(String invariant, int slotClass, boolean condition, long what) {
        if (!condition) {
            throw new AssertionError("%s: class %d: 0x%x".formatted(invariant, slotClass, what));
        }
    }
}
