package io.offheap.memory.space;

import java.util.Comparator;

/// A range that may be purged, and its place in the line.
///
/// @param time  when it was marked or lazily freed
/// @param space whose, or null if it is a file's
/// @param file  whose, or null if it is a space's
/// @param start first page, in the space or the file
/// @param end   first page behind it
/// @param full  whether all of it goes when one page goes
record Victim(long time, Space space, FileObject file, long start, long end, boolean full) {

    /// The oldest first; of one age spaces in the order of their creation, then files; then by page.
    static final Comparator<Victim> OLDEST_FIRST = Comparator.comparingLong(Victim::time)
            .thenComparing(victim -> victim.space == null)
            .thenComparingInt(victim -> victim.space == null ? victim.file.order : victim.space.order)
            .thenComparingLong(Victim::start);
}
