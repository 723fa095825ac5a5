package io.offheap.memory.frame;

import io.offheap.memory.os.SystemMemory;
import java.util.ArrayDeque;

/// Address space that nobody uses any more, kept for a while without memory: a reader without a lock may have looked
/// an address up just before, and must find zeros there instead of killing the process.
///
/// Bounded, because each range costs one of the kernel's mappings: beyond the bound the oldest is released. By then
/// as many others have been retired after it.
///
/// Thread-safe.
public final class RetiredRanges {

    private record Range(long address, long size) {}

    private final SystemMemory os;
    private final int most;
    private final ArrayDeque<Range> ranges = new ArrayDeque<>();

    /// @param os   what releases
    /// @param most how many ranges are kept; 0 releases at once
    public RetiredRanges(SystemMemory os, int most) {
        this.os = os;
        this.most = most;
    }

    /// Takes a range that has given its memory back.
    public void add(long address, long size) {
        Range oldest = new Range(address, size);
        synchronized (ranges) {
            ranges.add(oldest);
            oldest = ranges.size() > most ? ranges.remove() : null;
        }
        if (oldest != null) {
            os.release(oldest.address, oldest.size);
        }
    }
}
