package io.offheap.memory.os;

import java.util.Arrays;

/// Descriptors to wait for, and which of them had something to say: what `poll` takes and answers.
///
/// A buffer for use again and again; it grows and never shrinks. Confined to the thread that waits.
public final class PollSet {

    /// What a descriptor is waited for.
    public enum Interest {
        /// Something can be read: an event counter above 0 (`POLLIN`).
        READABLE,
        /// Something has happened: a file of proc or of a cgroup has changed, a trigger has fired (`POLLPRI`).
        URGENT
    }

    private int[] files = new int[8];
    private Interest[] interests = new Interest[8];
    private boolean[] ready = new boolean[8];
    private int count;

    /// An empty set.
    public PollSet() {}

    /// Makes it empty.
    public void clear() {
        count = 0;
    }

    /// Adds a descriptor.
    ///
    /// @return its index: the number of those that were added before
    public int add(int file, Interest interest) {
        if (count == files.length) {
            files = Arrays.copyOf(files, 2 * count);
            interests = Arrays.copyOf(interests, 2 * count);
            ready = Arrays.copyOf(ready, 2 * count);
        }
        files[count] = file;
        interests[count] = interest;
        ready[count] = false;
        return count++;
    }

    /// {@return how many descriptors are in it}
    public int count() {
        return count;
    }

    /// {@return a descriptor}
    public int file(int index) {
        return files[index];
    }

    /// {@return what a descriptor is waited for}
    public Interest interest(int index) {
        return interests[index];
    }

    /// {@return whether the last wait found that a descriptor has something to say}
    public boolean isReady(int index) {
        return ready[index];
    }

    /// Notes what a wait has found. For implementations of [SystemFiles].
    public void note(int index, boolean isReady) {
        ready[index] = isReady;
    }

    @Override
    public String toString() {
        final var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "files " : ", ").append(files[i]).append(' ').append(interests[i]);
        }
        return text.toString();
    }
}
