package io.offheap.memory.mapping;

/// What translates the pages of one address space: all that the reverse map needs to know of a space.
public interface Translations {

    /// {@return the entry of a page, 0 for none}
    long entryAt(long page);
}
