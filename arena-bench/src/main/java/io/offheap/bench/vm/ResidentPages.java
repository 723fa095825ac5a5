package io.offheap.bench.vm;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;

/// A mapping of base pages, like those of address spaces.
final class ResidentPages implements AutoCloseable {

    private final SystemMemory os = Platform.memory();
    private final long address;
    private final long size;

    /// Pages that have memory.
    ResidentPages(long size) {
        this(size, Platform.memory().reserve(size));
        touch();
    }

    private ResidentPages(long size, long address) {
        this.size = size;
        this.address = address;
        os.advise(address, size, Advice.NOHUGEPAGE);
    }

    /// {@return pages that have none yet}
    static ResidentPages withoutMemory(long size) {
        return new ResidentPages(size, Platform.memory().reserve(size));
    }

    /// {@return where they are}
    long address() {
        return address;
    }

    /// {@return how many bytes}
    long size() {
        return size;
    }

    /// Writes a word to every page.
    long touch() {
        for (long offset = 0; offset < size; offset += os.pageSize()) {
            RawMemory.putLong(address + offset, offset);
        }
        return size;
    }

    @Override
    public void close() {
        os.release(address, size);
    }
}
