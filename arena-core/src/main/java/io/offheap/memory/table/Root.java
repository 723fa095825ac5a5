package io.offheap.memory.table;

import io.offheap.memory.frame.Frames;

/// The top node: 512 directories, 1 GiB each at pages of 4 KiB.
final class Root {

    static final int SHIFT = 9;
    static final int SIZE = 1 << SHIFT;

    final Directory[] children = new Directory[SIZE];

    /// How many spaces have it. Guarded by the lock of the domain.
    int references = 1;

    Root() {}

    /// A copy for one user of a shared root, whose directories both share from now on.
    Root(Root shared) {
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
