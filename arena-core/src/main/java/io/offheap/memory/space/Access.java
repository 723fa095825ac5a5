package io.offheap.memory.space;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.table.Lines;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.table.PageTable;
import io.offheap.memory.types.MemoryAccessException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;

/// Reads and writes single words and bytes of a space that are not in its [Window]; [BulkAccess] copies many.
///
/// A page that is there is reached without a lock. A read looks at the epoch of the space before and after: if an
/// entry was taken away meanwhile, what was read may be another's, and the read is done again under the lock; it holds
/// the era of [RetiredRanges], so that what it reads is mapped, however long it takes. A
/// write announces itself at the [WriterGate] before it looks. Everything else (the first touch, a copy, a fault,
/// a virtual thread's write) goes through [Faults] under the lock of the domain.
public final class Access {

    /// Constants of the machine, so that an access does not load them.
    private static final int PAGE_SHIFT = Long.numberOfTrailingZeros(Platform.memory().pageSize());
    private static final int LONG_SHIFT = Long.numberOfTrailingZeros(Long.BYTES);
    private static final long OFFSET_MASK = (1L << PAGE_SHIFT) - 1;

    /// What a store under the lock of the domain counts: it takes as long as so many that are announced.
    private static final int STORES_OF_A_LOCK = 16;

    private final Space space;
    private final Domain domain;
    private final PageTable table;
    private final Lines readable;
    private final Lines writable;
    private final RetiredRanges retired;

    /// @param space whose bytes
    /// @throws IllegalArgumentException if its pages are not those of this machine
    public Access(Space space) {
        this.space = space;
        this.domain = space.domain;
        this.table = space.table;
        this.readable = table.readableLines();
        this.writable = table.writableLines();
        this.retired = domain.retired;
        if (domain.pageShift != PAGE_SHIFT) {
            throw new IllegalArgumentException("pages of " + domain.pageSize() + " bytes");
        }
    }

    /// {@return the 8 bytes at an address, a multiple of 8}
    public long getLong(long address) {
        final var era = retired.now();                                  // what it leads to stays mapped
        final long epoch = table.epoch();
        final long source = readable.find(address, PAGE_SHIFT, LONG_SHIFT);
        if (source >= 0) {
            final long value = RawMemory.getLong(source);
            Reference.reachabilityFence(era);
            VarHandle.loadLoadFence();
            if (table.epoch() == epoch) {
                return value;
            }
        }
        return getLongByEntry(address);
    }

    private long getLongByEntry(long address) {
        final var era = retired.now();
        final long epoch = table.epoch();
        final long source = table.addressToRead(address, PAGE_SHIFT, LONG_SHIFT);
        if (source != 0) {
            final long value = RawMemory.getLong(source);
            Reference.reachabilityFence(era);
            VarHandle.loadLoadFence();
            if (table.epoch() == epoch) {
                return value;
            }
        }
        return getLongSlowly(address);
    }

    private long getLongSlowly(long address) {
        requireAligned(address);
        domain.lock.lock();
        try {
            space.requireOpen();
            return RawMemory.getLong(domain.faults.read(space, address >>> PAGE_SHIFT) + (address & OFFSET_MASK));
        } catch (MemoryAccessException fault) {
            throw Faults.at(address, fault);
        } finally {
            domain.leave();
        }
    }

    /// {@return the byte at an address}
    public byte getByte(long address) {
        final var era = retired.now();                                  // what it leads to stays mapped
        final long epoch = table.epoch();
        final long source = readable.find(address, PAGE_SHIFT, 0);
        if (source >= 0) {
            final byte value = RawMemory.getByte(source);
            Reference.reachabilityFence(era);
            VarHandle.loadLoadFence();
            if (table.epoch() == epoch) {
                return value;
            }
        }
        return getByteByEntry(address);
    }

    private byte getByteByEntry(long address) {
        final var era = retired.now();
        final long epoch = table.epoch();
        final long source = table.addressToRead(address, PAGE_SHIFT, 0);
        if (source != 0) {
            final byte value = RawMemory.getByte(source);
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
        } catch (MemoryAccessException fault) {
            throw Faults.at(address, fault);
        } finally {
            domain.leave();
        }
    }

    /// Stores 8 bytes at an address, a multiple of 8, wherever it lies.
    public void putLong(long address, long value) {
        if (!putLongAnnounced(address, value)) {
            putLongSlowly(address, value);
        }
    }

    private boolean putLongAnnounced(long address, long value) {
        final var slot = WriterGate.slot();
        if (slot == null) {
            domain.noteAnnounced(space, address >>> PAGE_SHIFT, STORES_OF_A_LOCK);
            return false;
        }
        slot.enter();
        final long target = targetToWrite(address, LONG_SHIFT);
        if (target != 0) {
            RawMemory.putLong(target, value);
        }
        slot.exit();
        if (target != 0) {
            count(slot, address);
        }
        return target != 0;
    }

    /// {@return the native address of a byte, or 0 if it may not be written in place or is misaligned}
    private long targetToWrite(long address, int alignShift) {
        final long target = writable.find(address, PAGE_SHIFT, alignShift);
        return target >= 0 ? target : table.addressToWrite(address, PAGE_SHIFT, alignShift);
    }

    /// Counts a store that was announced, on behalf of many.
    private void count(WriterGate.Slot slot, long address) {
        if (slot.isCounted(Windows.COUNTED)) {
            domain.noteAnnounced(space, address >>> PAGE_SHIFT, Windows.COUNTED);
        }
    }

    /// Takes the lock, with room for one page.
    private void enterToWrite(long address) {
        final long page = address >>> PAGE_SHIFT;
        try {
            domain.enter(1, () -> domain.faults.pagesToWrite(space, page, page + 1));
        } catch (MemoryAccessException fault) {
            throw Faults.at(address, fault);
        }
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
                domain.faults.writeFile(space, address, arena.allocateFrom(ValueLayout.JAVA_LONG, value));
            }
        } catch (MemoryAccessException fault) {
            throw Faults.at(address, fault);
        } finally {
            domain.leave();
        }
    }

    /// Stores one byte, wherever it lies.
    public void putByte(long address, byte value) {
        if (!putByteAnnounced(address, value)) {
            putByteSlowly(address, value);
        }
    }

    private boolean putByteAnnounced(long address, byte value) {
        final var slot = WriterGate.slot();
        if (slot == null) {
            domain.noteAnnounced(space, address >>> PAGE_SHIFT, STORES_OF_A_LOCK);
            return false;
        }
        slot.enter();
        final long target = targetToWrite(address, 0);
        if (target != 0) {
            RawMemory.putByte(target, value);
        }
        slot.exit();
        if (target != 0) {
            count(slot, address);
        }
        return target != 0;
    }

    private void putByteSlowly(long address, byte value) {
        enterToWrite(address);
        try {
            space.requireOpen();
            final long target = domain.faults.write(space, address >>> PAGE_SHIFT);
            if (target != 0) {
                RawMemory.putByte(target + (address & OFFSET_MASK), value);
                return;
            }
            try (var arena = Arena.ofConfined()) {
                domain.faults.writeFile(space, address, arena.allocateFrom(ValueLayout.JAVA_BYTE, value));
            }
        } catch (MemoryAccessException fault) {
            throw Faults.at(address, fault);
        } finally {
            domain.leave();
        }
    }

    private static void requireAligned(long address) {
        if ((address & Long.BYTES - 1) != 0) {
            throw new IllegalArgumentException("not a multiple of 8: 0x%x".formatted(address));
        }
    }
}
