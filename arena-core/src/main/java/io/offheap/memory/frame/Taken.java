package io.offheap.memory.frame;

import java.util.Arrays;

/// Frames on the way to whoever gives them memory or takes it from them, and the news of it on the way back.
///
/// Made before a frame is in it: once there are some, none can get lost for want of Java heap.
///
/// Not thread-safe: it belongs to who has taken the frames, and then to the [Frames] that it was returned to.
public final class Taken {

    private final int[] frames;
    private int count;

    /// Whether the frames have no memory any more, and whether the operating system did not take it. Set by [Frames].
    boolean gone;
    boolean refused;

    /// The one that was returned before. Set by [Frames].
    Taken next;

    Taken(int most) {
        frames = new int[most];
    }

    /// {@return how many frames these are}
    public int count() {
        return count;
    }

    boolean isFull() {
        return count == frames.length;
    }

    void add(int frame) {
        frames[count++] = frame;
    }

    int get(int i) {
        return frames[i];
    }

    void sort() {
        Arrays.sort(frames, 0, count);
    }

    /// {@return the end of the run of neighbours that begins at an element} Of sorted frames.
    int runEnd(int from) {
        int to = from + 1;
        while (to < count && frames[to] == frames[to - 1] + 1) {
            to++;
        }
        return to;
    }
}
