package io.offheap.memory.table;

import io.offheap.memory.frame.Frames;

/// The top node: 512 directories, 1 GiB each at pages of 4 KiB.
final class Root {

    static final int SHIFT = 9;
    static final int SIZE = 1 << SHIFT;

    final Directory[] children = new Directory[SIZE];

    /// The arrays of the children alone, at the same places: a lookup goes through half as many objects. An array that
    /// is seen before its contents are only lacks entries, and a reader who finds none asks under the lock.
    final long[][][] entries = new long[SIZE][][];

    /// How many spaces have it. Guarded by the lock of the domain.
    int references = 1;

    Root() {}

    /// A copy for one user of a shared root, whose directories both share from now on.
    Root(Root shared) {
        for (int i = 0; i < SIZE; i++) {
            final var child = shared.children[i];
            if (child != null) {
                child.references++;
                set(i, child);
            }
        }
    }

    /// Changes a child, or takes it out.
    ///
    /// @param child null for none
    void set(int index, Directory child) {
        children[index] = child;
        entries[index] = child == null ? null : child.entries;
    }

    void release(Frames frames) {
        if (--references == 0) {
            for (final var child : children) {
                if (child != null) {
                    child.release(frames);
                }
            }
        }
    }
}
