package io.offheap.allocator.size;

/// The allocation sizes this library hands out, and the two maps between a request and its class.
///
/// A request is rounded up to a *size class*. Classes come in groups of four: each group covers one
/// doubling, `(base, 2 * base]`, in four equal steps, so a request wastes less than 20 % once it is
/// above 64 bytes. The first group has no smaller one to divide and steps by the quantum:
///
/// ```
///   group   base   step   classes (bytes)
///   0          0     16      16    32    48    64
///   1         64     16      80    96   112   128
///   2        128     32     160   192   224   256
///   ...
///   8       8192   2048   10240 12288 14336          <- LARGEST_SMALL; 16384 is an extent
/// ```
///
/// The grid is jemalloc's (`sc.h`) with a quantum of 16 bytes and without its 8-byte class: see
/// ADR 0003. Both maps are arithmetic, not tables, so they hold for every size up to [#LARGEST_SMALL]
/// by construction; `SizeClassesTest` compares them with a brute-force grid.
///
/// Stateless; every method may be called from any thread.
public final class SizeClasses {

    /// Smallest class and alignment of every allocation, in bytes.
    public static final int QUANTUM = 16;

    /// Largest size served from a slab, in bytes. Anything larger is a whole extent.
    public static final int LARGEST_SMALL = 14 << 10;

    private static final int LG_QUANTUM = 4;
    private static final int LG_STEPS = 2;                              // four classes in a group
    private static final int STEPS = 1 << LG_STEPS;
    private static final int LG_FIRST_BASE = LG_QUANTUM + LG_STEPS;     // 64: where group 1 begins

    /// Number of small classes; valid indices are `0 .. COUNT - 1`.
    public static final int COUNT = indexOf(LARGEST_SMALL) + 1;

    private SizeClasses() {}

    /// {@return the index of the smallest class that holds `size` bytes}
    ///
    /// @param size request in bytes, `1 .. LARGEST_SMALL`; the caller has already sent larger ones
    ///             to the extent allocator
    public static int indexOf(int size) {
        assert 0 < size && size <= LARGEST_SMALL : "size=" + size;
        final int last = size - 1;                                      // a class ends *on* its size
        final int lgBase = Math.max(LG_FIRST_BASE - 1, 31 - Integer.numberOfLeadingZeros(last | 1));
        if (lgBase < LG_FIRST_BASE) {
            return last >>> LG_QUANTUM;
        }
        final int group = lgBase - LG_FIRST_BASE + 1;
        final int step = (last >>> (lgBase - LG_STEPS)) & (STEPS - 1);
        return (group << LG_STEPS) + step;
    }

    /// {@return the size in bytes of class `index`}
    ///
    /// @param index `0 .. COUNT - 1`
    public static int sizeOf(int index) {
        assert 0 <= index && index < COUNT : "index=" + index;
        final int group = index >>> LG_STEPS;
        final int step = (index & (STEPS - 1)) + 1;
        if (group == 0) {
            return step << LG_QUANTUM;
        }
        final int lgBase = LG_FIRST_BASE + group - 1;
        return (1 << lgBase) + (step << (lgBase - LG_STEPS));
    }
}
