package io.offheap.allocator.extent;

import io.offheap.allocator.extent.Extent.Tier;
import io.offheap.allocator.size.PageClasses;
import java.util.Arrays;

/// The free extents of one tier, by size: the smallest that fits is found without a search.
///
/// One list for each rung of the ladder ([PageClasses]) that an extent's size reaches, and a bit for each
/// list that has members. The first extent of the first list at or above a request's rung fits for
/// certain; a request between two rungs also tries a few members of the list below.
///
/// Not thread-safe: guarded by the lock of the [ExtentAllocator].
///
/// ## Invariants (checked by [#checkInvariants])
/// - **E1** a member stands in the list of the highest rung that it reaches, and its `tier` and `rung` say so
/// - **E2** a bit of `occupied` is set exactly when its list has members
/// - **E3** `bytes` and `count` are the sums over the members
final class ExtentSet {

    /// Members of the list below the rung that are looked at for an exact request.
    private static final int CLOSE_FITS = 4;

    private final Tier tier;
    private final int pageShift;
    private final Extent[] heads = new Extent[PageClasses.COUNT];
    private final long[] occupied = new long[(PageClasses.COUNT + 63) >>> 6];
    private long bytes;
    private int count;

    ExtentSet(Tier tier, int pageShift) {
        this.tier = tier;
        this.pageShift = pageShift;
    }

    /// Adds a free extent; the one added last is found first among equals, since it is the warmest.
    void add(Extent extent) {
        assert extent.tier == Tier.NONE : extent + " is in " + extent.tier;
        final int rung = PageClasses.floorIndex(extent.size() >>> pageShift);
        final var head = heads[rung];
        extent.tier = tier;
        extent.rung = rung;
        extent.previous = null;
        extent.next = head;
        if (head != null) {
            head.previous = extent;
        }
        heads[rung] = extent;
        occupied[rung >>> 6] |= 1L << rung;
        bytes += extent.size();
        count++;
    }

    /// Removes a member, whose size is still what it was when it was added.
    void remove(Extent extent) {
        assert extent.tier == tier : extent + " is in " + extent.tier + ", not " + tier;
        if (extent.previous == null) {
            heads[extent.rung] = extent.next;
            if (extent.next == null) {
                occupied[extent.rung >>> 6] &= ~(1L << extent.rung);
            }
        } else {
            extent.previous.next = extent.next;
        }
        if (extent.next != null) {
            extent.next.previous = extent.previous;
        }
        extent.previous = null;
        extent.next = null;
        extent.tier = Tier.NONE;
        bytes -= extent.size();
        count--;
    }

    /// {@return a small member with at least `size` bytes, which stays one, or null}
    Extent smallestFitting(long size) {
        final long pages = size >>> pageShift;
        final int rung = PageClasses.ceilingIndex(pages);
        if (PageClasses.pagesOf(rung) != pages) {
            var close = heads[rung - 1];
            for (int i = 0; i < CLOSE_FITS && close != null; i++, close = close.next) {
                if (close.size() >= size) {
                    return close;
                }
            }
        }
        return firstFrom(rung);
    }

    /// {@return the member after `extent` in the order of [#smallestFitting], or null}
    Extent after(Extent extent) {
        return extent.next != null ? extent.next : firstFrom(extent.rung + 1);
    }

    private Extent firstFrom(int rung) {
        for (int word = rung >>> 6, skip = rung & 63; word < occupied.length; word++, skip = 0) {
            final long left = occupied[word] & -1L << skip;
            if (left != 0) {
                return heads[(word << 6) + Long.numberOfTrailingZeros(left)];
            }
        }
        return null;
    }

    long bytes() {
        return bytes;
    }

    int count() {
        return count;
    }

    /// Recomputes what the fields cache and compares. O(members).
    ///
    /// @return true, so that it can stand in an `assert`
    /// @throws AssertionError naming the invariant, the expected and the actual value
    boolean checkInvariants() {
        final var seenOccupied = new long[occupied.length];
        long seenBytes = 0;
        int seen = 0;
        for (int rung = 0; rung < heads.length; rung++) {
            Extent last = null;
            for (var extent = heads[rung]; extent != null; extent = extent.next) {
                check("E1", PageClasses.floorIndex(extent.size() >>> pageShift), rung);
                check("E1", tier, extent.tier);
                check("E1", rung, extent.rung);
                check("E1", last, extent.previous);
                seenOccupied[rung >>> 6] |= 1L << rung;
                seenBytes += extent.size();
                seen++;
                last = extent;
            }
        }
        check("E2", Arrays.toString(seenOccupied), Arrays.toString(occupied));
        check("E3", seenBytes, bytes);
        check("E3", seen, count);
        return true;
    }

    private static void check(String invariant, Object expected, Object actual) {
        if (expected == null ? actual != null : !expected.equals(actual)) {
            throw new AssertionError(invariant + ": expected " + expected + ", found " + actual);
        }
    }
}
