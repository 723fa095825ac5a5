package io.offheap.jcstress.space;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.SegmentationFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Spaces to begin with, and words for what is found in them.
///
/// A domain belongs to one class of cases: a purge takes from everything in it, and there is one state at a time.
final class Spaces {

    static final long PAGE = 4096;
    static final long ALL = Long.MAX_VALUE;

    /// What a space has written.
    static final long DATA = 0x1111_1111_1111_1111L;

    /// What another one has, which may get the same memory.
    static final long OTHERS = 0x2222_2222_2222_2222L;

    /// What a target holds before something is copied to it.
    private static final byte UNTOUCHED = 0x33;

    /// Addresses in one page that are looked at: the first word, and others far from it.
    private static final int STEP = 1024;

    private Spaces() {}

    static MemoryDomain newDomain() {
        return MemoryDomain.builder().pressure().capacity(16 << 20).build();
    }

    /// {@return a space with so many pages of [#DATA] at 0}
    static AddressSpace filled(MemoryDomain domain, int pages) {
        final var space = domain.newSpace();
        space.map(0, pages * PAGE);
        fill(space, pages, DATA);
        return space;
    }

    /// {@return a filled space of which everything may be purged, each page for itself}
    static AddressSpace marked(MemoryDomain domain, int pages) {
        final var space = filled(domain, pages);
        space.markVolatilePartially(0, pages * PAGE);
        return space;
    }

    static void fill(AddressSpace space, int pages, long value) {
        for (long at = 0; at < pages * PAGE; at += STEP) {
            space.putLong(at, value);
        }
    }

    private static String copied(MemorySegment target) {
        for (long at = 0; at < target.byteSize(); at += STEP) {
            if (target.get(ValueLayout.JAVA_BYTE, at) != UNTOUCHED) {
                return " after a part";
            }
        }
        return "";
    }

    /// {@return what a number is}
    static String word(long value) {
        return value == DATA ? "data" : value == 0 ? "zero" : value == OTHERS ? "others" : Long.toHexString(value);
    }

    /// {@return what is read at an address, or how reading fails}
    static String read(AddressSpace space, long address) {
        try {
            return word(space.getLong(address));
        } catch (BusErrorException e) {
            return "bus";
        } catch (SegmentationFaultException e) {
            return "segv";
        }
    }

    /// {@return what all pages hold, or how reading fails; `mixed` if they differ}
    static String readAll(AddressSpace space, int pages) {
        final var first = read(space, 0);
        for (long at = STEP; at < pages * PAGE; at += STEP) {
            if (!read(space, at).equals(first)) {
                return "mixed";
            }
        }
        return first;
    }

    /// {@return what a bulk read finds, or how it fails; `mixed` if words differ, `after a part` if it fails and has copied
    /// something}
    static String readBulk(AddressSpace space, MemorySegment target) {
        target.fill(UNTOUCHED);
        try {
            space.read(0, target);
        } catch (BusErrorException e) {
            return "bus" + copied(target);
        } catch (SegmentationFaultException e) {
            return "segv" + copied(target);
        }
        final long first = target.get(ValueLayout.JAVA_LONG, 0);
        for (long at = STEP; at < target.byteSize(); at += STEP) {
            if (target.get(ValueLayout.JAVA_LONG, at) != first) {
                return "mixed";
            }
        }
        return word(first);
    }
}
