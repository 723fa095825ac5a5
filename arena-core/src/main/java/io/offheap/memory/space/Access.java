package io.offheap.memory.space;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.table.PageTable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;

/// Reads and writes bytes of a space.
///
/// A page that is there is reached without a lock. A read looks at the epoch of the space before and after: if an
/// entry was taken away meanwhile, what was read may be another's, and the read is done again under the lock; it holds
/// the era of [RetiredRanges], so that what it reads is mapped, however long it takes. A
/// write announces itself at the [WriterGate] before it checks. Everything else (the first touch, a copy, a fault,
/// a virtual thread's write) goes through [Faults] under the lock of the domain.
///
/// Bulk operations check all of their range before they copy a byte. What is taken away while they copy is an
/// exception with a part copied.
public final class Access {

    /// Pages that a bulk write stores between two looks at the gate, and a bulk read copies under one lock.
    private static final int CHUNK = 64;

    /// Constants of the machine, so that an access does not load them.
    private static final int PAGE_SHIFT = Long.numberOfTrailingZeros(Platform.memory().pageSize());
    private static final int LONG_SHIFT = Long.numberOfTrailingZeros(Long.BYTES);
    private static final long OFFSET_MASK = (1L << PAGE_SHIFT) - 1;

    private final Space space;
    private final Domain domain;
    private final PageTable table;
    private final RetiredRanges retired;

    /// @param space whose bytes
    /// @throws IllegalArgumentException if its pages are not those of this machine
    public Access(Space space) {
        this.space = space;
        this.domain = space.domain;
        this.table = space.table;
        this.retired = domain.retired;
        if (domain.pageShift != PAGE_SHIFT) {
            throw new IllegalArgumentException("pages of " + domain.pageSize() + " bytes");
        }
    }

    /// {@return the 8 bytes at an address, a multiple of 8}
    public long getLong(long address) {
        final var pages = table;
        final var era = retired.now();                                  // what it leads to stays mapped
        final long epoch = pages.epoch();
        final long source = pages.addressInLine(address, PAGE_SHIFT, LONG_SHIFT);
        if (source != 0) {
            final long value = RawMemory.getLong(source);
            Reference.reachabilityFence(era);
            VarHandle.loadLoadFence();
            if (pages.epoch() == epoch) {
                return value;
            }
        }
        return getLongByEntry(address);
    }

    private long getLongByEntry(long address) {
        requireAligned(address);
        final long page = address >>> PAGE_SHIFT;
        final var era = retired.now();
        final long epoch = table.epoch();
        final long entry = table.get(page);
        if (PageEntry.isReadable(entry)) {
            final long value = RawMemory.getLong(PageEntry.address(entry) + (address & OFFSET_MASK));
            Reference.reachabilityFence(era);
            VarHandle.loadLoadFence();
            if (table.epoch() == epoch) {
                return value;
            }
        }
        return getLongSlowly(address);
    }

    private long getLongSlowly(long address) {
        domain.lock.lock();
        try {
            space.requireOpen();
            return RawMemory.getLong(domain.faults.read(space, address >>> PAGE_SHIFT) + (address & OFFSET_MASK));
        } finally {
            domain.leave();
        }
    }

    /// {@return the byte at an address}
    public byte getByte(long address) {
        final var pages = table;
        final var era = retired.now();                                  // what it leads to stays mapped
        final long epoch = pages.epoch();
        final long source = pages.addressInLine(address, PAGE_SHIFT, 0);
        if (source != 0) {
            final byte value = RawMemory.getByte(source);
            Reference.reachabilityFence(era);
            VarHandle.loadLoadFence();
            if (pages.epoch() == epoch) {
                return value;
            }
        }
        return getByteByEntry(address);
    }

    private byte getByteByEntry(long address) {
        final long page = address >>> PAGE_SHIFT;
        final var era = retired.now();
        final long epoch = table.epoch();
        final long entry = table.get(page);
        if (PageEntry.isReadable(entry)) {
            final byte value = RawMemory.getByte(PageEntry.address(entry) + (address & OFFSET_MASK));
            Reference.reachabilityFence(era);
            VarHandle.loadLoadFence();
            if (table.epoch() == epoch) {
                return value;
            }
        }
        return getByteSlowly(address);
    }

    private byte getByteSlowly(long address) {
        domain.lock.lock();
        try {
            space.requireOpen();
            return RawMemory.getByte(domain.faults.read(space, address >>> PAGE_SHIFT) + (address & OFFSET_MASK));
        } finally {
            domain.leave();
        }
    }

    /// Stores 8 bytes at an address, a multiple of 8.
    public void putLong(long address, long value) {
        final var slot = WriterGate.slot();
        if (slot != null) {
            final int busy = slot.enter();
            final long target = table.addressToWrite(address, PAGE_SHIFT, LONG_SHIFT);
            if (target != 0) {
                RawMemory.putLong(target, value);
                slot.exit(busy);
                return;
            }
            slot.exit(busy);
        }
        putLongSlowly(address, value);
    }

    /// Takes the lock, with room for one page.
    private void enterToWrite(long address) {
        final long page = address >>> PAGE_SHIFT;
        domain.enter(1, () -> domain.faults.pagesToWrite(space, page, page + 1));
    }

    private void putLongSlowly(long address, long value) {
        requireAligned(address);
        enterToWrite(address);
        try {
            space.requireOpen();
            final long page = address >>> PAGE_SHIFT;
            final long target = domain.faults.write(space, page);
            if (target != 0) {
                RawMemory.putLong(target + (address & OFFSET_MASK), value);
                return;
            }
            try (var arena = Arena.ofConfined()) {
                writeFile(address, arena.allocateFrom(ValueLayout.JAVA_LONG, value));
            }
        } finally {
            domain.leave();
        }
    }

    /// Stores one byte.
    public void putByte(long address, byte value) {
        final var slot = WriterGate.slot();
        if (slot != null) {
            final int busy = slot.enter();
            final long target = table.addressToWrite(address, PAGE_SHIFT, 0);
            if (target != 0) {
                RawMemory.putByte(target, value);
                slot.exit(busy);
                return;
            }
            slot.exit(busy);
        }
        writeSlowly(address, MemorySegment.ofArray(new byte[] {value}));
    }

    /// Stores bytes that lie in one page.
    private void writeSlowly(long address, MemorySegment source) {
        enterToWrite(address);
        try {
            space.requireOpen();
            final long target = domain.faults.write(space, address >>> PAGE_SHIFT);
            if (target == 0) {
                writeFile(address, source);
            } else {
                final long size = source.byteSize();
                MemorySegment.copy(source, 0, RawMemory.segment(target + (address & OFFSET_MASK), size), 0, size);
            }
        } finally {
            domain.leave();
        }
    }

    private void writeFile(long address, MemorySegment source) {
        final long page = address >>> PAGE_SHIFT;
        final var mapping = space.requireMapping(page);
        ((FileObject) mapping.file()).backing.write(mapping.indexOf(page), address & OFFSET_MASK, source);
    }

    /// Copies bytes out of the space.
    ///
    /// @param target filled, whatever its length
    public void read(long address, MemorySegment target) {
        final long size = target.byteSize();
        requireRange(address, size);
        if (size == 0 || readAtOnce(address, target)) {
            return;
        }
        final long end = address + size;
        domain.lock.lock();
        try {
            space.requireOpen();
            domain.faults.check(space, address >>> PAGE_SHIFT, (end - 1 >>> PAGE_SHIFT) + 1, false);
        } finally {
            domain.leave();
        }
        for (long from = address; from < end; ) {
            final long to = Math.min(end, (from & ~OFFSET_MASK) + (CHUNK << PAGE_SHIFT));
            readChunk(from, to, target.asSlice(from - address, to - from));
            from = to;
        }
    }

    /// Copies without a lock if every page is there.
    ///
    /// @return whether what is in the target is good
    private boolean readAtOnce(long address, MemorySegment target) {
        final long end = address + target.byteSize();
        final var era = retired.now();
        final long epoch = table.epoch();
        for (long page = address >>> PAGE_SHIFT; page <= end - 1 >>> PAGE_SHIFT; page++) {
            if (!PageEntry.isReadable(table.get(page))) {
                return false;
            }
        }
        for (long from = address; from < end; ) {
            final long native0 = PageEntry.address(table.get(from >>> PAGE_SHIFT)) + (from & OFFSET_MASK);
            long to = Math.min(end, (from | OFFSET_MASK) + 1);
            while (to < end && PageEntry.address(table.get(to >>> PAGE_SHIFT)) == native0 + to - from) {
                to = Math.min(end, to + OFFSET_MASK + 1);                // neighbours in memory are copied together
            }
            if (native0 >>> PAGE_SHIFT == 0) {
                return false;
            }
            MemorySegment.copy(RawMemory.segment(native0, to - from), 0, target, from - address, to - from);
            from = to;
        }
        Reference.reachabilityFence(era);
        VarHandle.loadLoadFence();
        return table.epoch() == epoch;
    }

    private void readChunk(long start, long end, MemorySegment target) {
        domain.lock.lock();
        try {
            space.requireOpen();
            for (long from = start; from < end; ) {
                final long to = Math.min(end, (from | OFFSET_MASK) + 1);
                final long page = domain.faults.read(space, from >>> PAGE_SHIFT);
                MemorySegment.copy(RawMemory.segment(page + (from & OFFSET_MASK), to - from), 0, target, from - start, to - from);
                from = to;
            }
        } finally {
            domain.leave();
        }
    }

    /// Copies bytes into the space.
    public void write(long address, MemorySegment source) {
        final long size = source.byteSize();
        requireRange(address, size);
        if (size == 0) {
            return;
        }
        final long end = address + size;
        if (!isWritable(address, end)) {
            prepare(address >>> PAGE_SHIFT, (end - 1 >>> PAGE_SHIFT) + 1);
        }
        final var slot = WriterGate.slot();
        for (long from = address; from < end; ) {
            if (slot != null) {
                final int busy = slot.enter();
                from = writeAtOnce(from, Math.min(end, (from & ~OFFSET_MASK) + (CHUNK << PAGE_SHIFT)), source, address);
                slot.exit(busy);
            }
            if (from < end && table.writable(from >>> PAGE_SHIFT) == 0 || slot == null) {
                final long to = Math.min(end, (from | OFFSET_MASK) + 1);
                writeSlowly(from, source.asSlice(from - address, to - from));
                from = to;
            }
        }
    }

    private boolean isWritable(long address, long end) {
        for (long page = address >>> PAGE_SHIFT; page <= end - 1 >>> PAGE_SHIFT; page++) {
            if (table.writable(page) == 0) {
                return false;
            }
        }
        return true;
    }

    /// Checks all pages, and makes those that need it writable, before a byte is stored: what can fail, fails here.
    private void prepare(long start, long end) {
        domain.enter(end - start, () -> domain.faults.pagesToWrite(space, start, end));
        try {
            space.requireOpen();
            domain.faults.check(space, start, end, true);
            for (long page = start; page < end; page++) {
                domain.faults.write(space, page);
            }
        } finally {
            domain.leave();
        }
    }

    /// {@return where it had to stop}
    private long writeAtOnce(long start, long end, MemorySegment source, long base) {
        long from = start;
        while (from < end) {
            final long entry = table.writable(from >>> PAGE_SHIFT);
            if (entry == 0) {
                return from;
            }
            final long to = Math.min(end, (from | OFFSET_MASK) + 1);
            MemorySegment.copy(source, from - base,
                    RawMemory.segment(PageEntry.address(entry) + (from & OFFSET_MASK), to - from), 0, to - from);
            from = to;
        }
        return from;
    }

    private static void requireAligned(long address) {
        if ((address & Long.BYTES - 1) != 0) {
            throw new IllegalArgumentException("not a multiple of 8: 0x%x".formatted(address));
        }
    }

    private static void requireRange(long address, long size) {
        if (address < 0 || address > Long.MAX_VALUE - size) {
            throw new IllegalArgumentException("address=0x%x, size=%d".formatted(address, size));
        }
    }
}
