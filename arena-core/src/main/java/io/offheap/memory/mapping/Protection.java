package io.offheap.memory.mapping;

/// What may be done with the pages of a mapping.
public enum Protection {
    /// Nothing: every access is a segmentation fault.
    NONE,
    /// Reading.
    READ,
    /// Reading and writing.
    READ_WRITE;

    /// {@return whether pages may be read}
    public boolean isReadable() {
        return this != NONE;
    }

    /// {@return whether pages may be written}
    public boolean isWritable() {
        return this == READ_WRITE;
    }
}
