package io.offheap.allocator.size;

import io.offheap.memory.os.Platform;
import io.offheap.memory.source.RegionSource;
import java.util.Arrays;

/// The sizes that threads keep at hand, for one page size: the small classes, then whole pages.
///
/// ```
///   slot class      0 .. SizeClasses.COUNT - 1     the grid of SizeClasses: slots cut from slabs
///                   SizeClasses.COUNT .. count-1   4, 5, 6 ... 16 pages of 4 KiB: each slot is a run of its own
/// ```
///
/// A class for each count of pages wastes less than a page, and a slot that is a run of its own never keeps the
/// pages of another from being purged. Above 16 pages a block is a run that threads do not keep by address.
///
/// The class of a request is looked up, not computed: the arithmetic of [SizeClasses#indexOf] branches on the size,
/// which in a mix of sizes costs more than the load.
///
/// Immutable.
public final class SlotClasses {

    /// Runs of at most so many pages are slots.
    public static final int MOST_RUN_PAGES = 16;

    private static final int LG_QUANTUM = Integer.numberOfTrailingZeros(SizeClasses.QUANTUM);

    private static final byte[] CELL_SHIFTS = cellShifts();

    /// Of pages of the machine's size: constants, whose loads and bounds the JIT folds.
    private static final byte[] NATIVE = new SlotClasses(Platform.memory().pageSize()).byQuanta;
    private static final int NATIVE_MASK = NATIVE.length - 1;
    private static final int NATIVE_LARGEST = NATIVE.length << LG_QUANTUM;

    private final int[] sizes;
    private final byte[] byQuanta;      // of a length that is a power of two, as the count of the most pages is
    private final int largest;

    /// @param pageSize bytes, a power of two of 4096 or more
    public SlotClasses(long pageSize) {
        final int fewestPages = (int) Math.ceilDiv(SizeClasses.LARGEST_SMALL + 1, pageSize);
        this.sizes = new int[SizeClasses.COUNT + MOST_RUN_PAGES - fewestPages + 1];
        for (int index = 0; index < sizes.length; index++) {
            sizes[index] = index < SizeClasses.COUNT
                    ? SizeClasses.sizeOf(index)
                    : (int) pageSize * (fewestPages + index - SizeClasses.COUNT);
        }
        this.largest = sizes[sizes.length - 1];
        this.byQuanta = new byte[largest >> LG_QUANTUM];
        int index = 0;
        for (int quanta = 0; quanta < byQuanta.length; quanta++) {
            if (quanta + 1 << LG_QUANTUM > sizes[index]) {
                index++;
            }
            byQuanta[quanta] = (byte) index;
        }
    }

    /// Whole pages are larger than the largest cell, whatever the size of a page.
    private static byte[] cellShifts() {
        final var shifts = new byte[256];
        for (int slotClass = 0; slotClass < shifts.length; slotClass++) {
            final int size = isRun(slotClass) ? Integer.MAX_VALUE : SizeClasses.sizeOf(slotClass);
            shifts[slotClass] = (byte) Math.min(RegionSource.LARGEST_CELL_SHIFT, Integer.SIZE - 1 - Integer.numberOfLeadingZeros(size));
        }
        return shifts;
    }

    /// {@return how many classes there are; valid indices are `0 .. count - 1`}
    public int count() {
        return sizes.length;
    }

    /// {@return the largest size that has a class, bytes}
    public int largest() {
        return largest;
    }

    /// {@return the index of the smallest class that holds `size` bytes} Fast.
    ///
    /// @param size `1 .. largest`
    public int indexOf(long size) {
        return byQuanta[(int) (size - 1) >>> LG_QUANTUM];
    }

    /// {@return whether [#nativeIndexOf] takes a size} Fast.
    public static boolean hasNativeIndex(long size) {
        return Long.compareUnsigned(size - 1, NATIVE_LARGEST) < 0;
    }

    /// {@return what [#indexOf] of the classes for pages of the machine's size would, from constants} The fast path.
    ///
    /// @param size one that [#hasNativeIndex]
    public static int nativeIndexOf(long size) {
        return NATIVE[(int) (size - 1) >>> LG_QUANTUM & NATIVE_MASK] & 0xff;        // the JIT tests no bounds
    }

    /// {@return whether these are the classes for pages of the machine's size}
    public boolean areNative() {
        return Arrays.equals(byQuanta, NATIVE);
    }

    /// {@return the bytes of a slot of a class}
    public int sizeOf(int slotClass) {
        return sizes[slotClass];
    }

    /// {@return the bytes of a cell of the shadow for slots of a class, as a shift: at most one slot begins in a cell} Fast.
    ///
    /// @param slotClass below 256
    public static int cellShift(int slotClass) {
        return CELL_SHIFTS[slotClass & 0xff];           // of a constant of that length: the JIT tests no bounds
    }

    /// {@return whether a slot of the class is a run of its own, not cut from a slab}
    public static boolean isRun(int slotClass) {
        return slotClass >= SizeClasses.COUNT;
    }
}
