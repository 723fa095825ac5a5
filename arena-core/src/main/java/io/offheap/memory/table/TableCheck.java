package io.offheap.memory.table;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/// Recounts the references of nodes and frames over all tables that share them.
///
/// - **I3** a node has as many references as parents that name it, a frame as many as leaves that name it
public final class TableCheck {

    private final Map<Root, Integer> roots = new IdentityHashMap<>();
    private final Map<Directory, Integer> directories = new IdentityHashMap<>();
    private final Map<Leaf, Integer> leaves = new IdentityHashMap<>();
    private final Map<Integer, Integer> frames = new HashMap<>();

    TableCheck() {}

    /// Counts what a table names.
    public void add(PageTable table) {
        if (roots.merge(table.root(), 1, Integer::sum) > 1) {
            return;
        }
        for (final var directory : table.root().children) {
            if (directory == null || directories.merge(directory, 1, Integer::sum) > 1) {
                continue;
            }
            for (final var leaf : directory.children) {
                if (leaf == null || leaves.merge(leaf, 1, Integer::sum) > 1) {
                    continue;
                }
                for (int i = 0; i < Leaf.SIZE; i++) {
                    final long entry = leaf.entries[i];
                    if (PageEntry.isFrame(entry)) {
                        frames.merge(table.frames().frameAt(PageEntry.address(entry)), 1, Integer::sum);
                    }
                }
            }
        }
    }

    /// Compares.
    ///
    /// @param table any of the tables
    /// @throws AssertionError naming what differs
    public void check(PageTable table) {
        roots.forEach((root, count) -> check("root", count, root.references));
        directories.forEach((directory, count) -> check("directory", count, directory.references));
        leaves.forEach((leaf, count) -> check("leaf", count, leaf.references));
        frames.forEach((frame, count) -> check("frame " + frame, count, table.frames().references(frame)));
        if (frames.size() != table.frames().inUse()) {
            throw new AssertionError("I3: " + frames.size() + " frames in tables, " + table.frames().inUse() + " in use");
        }
    }

    private static void check(String what, int expected, int actual) {
        if (expected != actual) {
            throw new AssertionError("I3: " + what + " has " + actual + " references, " + expected + " were found");
        }
    }
}
