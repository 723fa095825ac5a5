package io.offheap.memory.table;

import io.offheap.memory.frame.Frames;

/// A middle node: 512 leaves, 2 MiB each at pages of 4 KiB.
final class Directory {

    static final int SHIFT = 9;
    static final int SIZE = 1 << SHIFT;

    final Leaf[] children = new Leaf[SIZE];

    /// How many roots name it. Guarded by the lock of the domain.
    int references = 1;

    Directory() {}

    /// A copy for one user of a shared directory, whose leaves both share from now on.
    Directory(Directory shared) {
        for (int i = 0; i < SIZE; i++) {
            final var child = shared.children[i];
            if (child != null) {
                child.references++;
                children[i] = child;
            }
        }
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
