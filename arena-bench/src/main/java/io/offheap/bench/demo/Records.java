package io.offheap.bench.demo;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.memory.os.RawMemory;

/// A run of sorted 8-byte records: record `j` holds the number `j`, so that every byte is known and every
/// key of the range is there.
///
/// ## What is checked, and what it costs
/// [#search] looks at about 17 records of 65 536, [#checkEachPage] at one record in every 4 KiB: a page
/// that was taken away reads as zeros and holds no zero record but the first, so none can go unnoticed.
/// [#check] looks at every byte.
final class Records {

    /// The size of one record in bytes.
    static final long BYTES = Long.BYTES;

    /// Records in the smallest page there is, 4 KiB.
    private static final int PER_PAGE = 512;

    private Records() {}

    /// Writes `count` records from `address`.
    static void fill(long address, long count) {
        for (long record = 0; record < count; record++) {
            RawMemory.putLong(address + record * BYTES, record);
        }
    }

    /// {@return where `key` is, by binary search, or -1 when it was not found}
    static long search(long address, long count, long key) {
        long low = 0;
        long high = count - 1;
        while (low <= high) {
            final long middle = (low + high) >>> 1;
            final long found = RawMemory.getLong(address + middle * BYTES);
            if (found == key) {
                return middle;
            }
            if (found < key) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /// Checks the first record, the last one, and one in every 4 KiB.
    ///
    /// @param key chooses which record of each page; not negative
    /// @throws WrongBytesException if one is wrong
    static void checkEachPage(long address, long count, long key) {
        checkRecord(address, 0);
        checkRecord(address, count - 1);
        long wrong = 0;
        for (long record = 1 + key % (PER_PAGE - 1); record < count; record += PER_PAGE) {
            wrong |= RawMemory.getLong(address + record * BYTES) ^ record;
        }
        if (wrong != 0) {
            check(address, count);
            throw new WrongBytesException("a record of the block at " + hex(address) + " was wrong for a moment");
        }
    }

    /// Checks every byte.
    ///
    /// @throws WrongBytesException if one is wrong
    static void check(long address, long count) {
        for (long record = 0; record < count; record++) {
            checkRecord(address, record);
        }
    }

    private static void checkRecord(long address, long record) {
        final long found = RawMemory.getLong(address + record * BYTES);
        if (found != record) {
            throw new WrongBytesException(
                    "record " + record + " of the block at " + hex(address) + " reads " + found);
        }
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
