package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A block and the cookie in every byte of it: the word at each offset is the cookie plus the offset, so that no two
/// blocks have a word in common.
///
/// @param segment the block
/// @param cookie  a multiple of [#DISTANCE]
record CookieBlock(MemorySegment segment, long cookie) {

    /// Between two cookies: no block is larger, in bytes.
    static final long DISTANCE = 1L << 24;

    static CookieBlock written(MemorySegment segment, long cookie) {
        assert segment.byteSize() <= DISTANCE : segment;
        long at = 0;
        for (; at + 8 <= segment.byteSize(); at += 8) {
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, at, cookie + at);
        }
        for (; at < segment.byteSize(); at++) {
            segment.set(ValueLayout.JAVA_BYTE, at, (byte) (cookie + at));
        }
        return new CookieBlock(segment, cookie);
    }

    /// Checks the first bytes; a block that was written with another size has whole words only up to its end.
    void check(long bytes, String context) {
        final long words = bytes & -8;
        for (long at = 0; at < words; at += 8) {
            if (segment.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != cookie + at) {
                throw new AssertionError(context + ": byte " + at + " of " + segment + " with cookie " + cookie);
            }
        }
        if (bytes == segment.byteSize()) {
            for (long at = words; at < bytes; at++) {
                if (segment.get(ValueLayout.JAVA_BYTE, at) != (byte) (cookie + at)) {
                    throw new AssertionError(context + ": byte " + at + " of " + segment + " with cookie " + cookie);
                }
            }
        }
    }

    void check(String context) {
        check(segment.byteSize(), context);
    }

    static void checkDisjoint(List<CookieBlock> blocks) {
        final var sorted = new ArrayList<>(blocks);
        sorted.sort(Comparator.comparingLong(block -> block.segment.address()));
        for (int i = 1; i < sorted.size(); i++) {
            final var below = sorted.get(i - 1).segment;
            if (below.address() + below.byteSize() > sorted.get(i).segment.address()) {
                throw new AssertionError(below + " overlaps " + sorted.get(i).segment);
            }
        }
    }

    /// Ends a program: checks what has survived, frees it, and that nothing is left then.
    static void finish(OffHeapAllocator allocator, List<CookieBlock> survivors, String context) {
        checkDisjoint(survivors);
        allocator.checkInvariants();
        for (final var block : survivors) {
            block.check(context + ", at the end");
            allocator.free(block.segment());
        }
        allocator.purge();
        final var stats = allocator.stats();
        assertEquals(0, stats.allocatedBytes(), stats::page);
        assertEquals(0, stats.volatileBytes(), stats::page);
        assertTrue(allocator.checkInvariants());
    }
}
