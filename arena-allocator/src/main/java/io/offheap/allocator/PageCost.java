package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;

/// What it costs on this machine to make memory resident, as far as new blocks have shown.
///
/// For a page the system takes a quarter of a microsecond, or two, and fifteen where the host of a virtual machine has to find it first
/// (docs/performance.md). So nobody can know; it is measured where a page is about to be touched anyway, and now and then where it would
/// be left alone. What counts is the mean: of blocks whose page is resident already it is hardly anything.
///
/// Any thread may call any method; where several meet, a measurement may get lost.
final class PageCost {

    /// What is taken for it at first.
    private static final long FIRST_NANOS = 1 << 10;

    /// More than that is something else: the thread has lost its processor.
    private static final long MOST_NANOS = 50_000;

    /// Each measurement moves the mean by one part in so many.
    private static final int PART = 8;

    /// Of so many bytes of blocks that need no zeroing one is touched.
    private static final long BYTES_FOR_ONE = 2 << 20;

    private final long pageSize;
    private long unseen;
    private long meanNanos = FIRST_NANOS;

    /// @param pageSize bytes
    PageCost(long pageSize) {
        this.pageSize = pageSize;
    }

    /// Touches a block, which the caller has and is about to zero, where it begins. Takes two looks at the clock, and what the page takes.
    void touch(long address) {
        final long begin = System.nanoTime();
        RawMemory.putByte(address, (byte) 0);
        note(System.nanoTime() - begin);
    }

    /// Touches a block that is not to be zeroed any more, if one is to be looked at again: most of its pages are left to whoever stores something there.
    ///
    /// @param byteSize of the block
    void touchSome(long address, long byteSize) {
        unseen += byteSize;
        if (unseen >= BYTES_FOR_ONE) {
            unseen = 0;
            touch(address);
        }
    }

    /// Notes what a touch has taken.
    void note(long nanos) {
        meanNanos += (Math.clamp(nanos, 1, MOST_NANOS) - meanNanos) / PART;
    }

    /// {@return how many bytes become resident in so many nanoseconds}
    long bytesIn(long nanos) {
        return nanos * pageSize / Math.max(1, meanNanos);
    }
}
