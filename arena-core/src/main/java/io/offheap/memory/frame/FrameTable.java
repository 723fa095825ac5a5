package io.offheap.memory.frame;

import io.offheap.memory.mapping.AnonymousObject;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// What is known of each frame: how many references it has, and its place in the reverse map.
///
/// Ten bytes a frame: count, object and index, in chunks that are made when frames are carved. The index of a frame
/// without references names the next one of the list that it is in, so that the lists cost nothing, and letting go of a
/// frame needs no Java heap.
///
/// Guarded by the lock of the domain.
final class FrameTable {

    /// What comes after the last frame of a list.
    static final int NONE = -1;

    private static final int CHUNK_SHIFT = 10;
    private static final int CHUNK = 1 << CHUNK_SHIFT;
    private static final char MANY = Character.MAX_VALUE;

    /// Counts; [#MANY] and the rest in `further` for a frame that has more.
    private char[][] references = new char[1][];
    private final Map<Integer, Integer> further = new HashMap<>();
    private int[][] indices = new int[1][];
    private AnonymousObject[][] objects = new AnonymousObject[1][];

    /// Lets a frame have a count, an object and an index. Without Java heap nothing has changed.
    void makeRoom(int frame) {
        final int chunk = frame >>> CHUNK_SHIFT;
        if (chunk >= references.length) {
            final int length = Math.max(2 * references.length, chunk + 1);
            final var longerIndices = Arrays.copyOf(indices, length);
            final var longerObjects = Arrays.copyOf(objects, length);
            references = Arrays.copyOf(references, length);
            indices = longerIndices;
            objects = longerObjects;
        }
        if (references[chunk] == null) {
            indices[chunk] = new int[CHUNK];
            objects[chunk] = new AnonymousObject[CHUNK];
            references[chunk] = new char[CHUNK];
        }
    }

    /// Gives a frame its first reference and a place in the reverse map.
    void use(int frame, AnonymousObject object, int index) {
        final int chunk = frame >>> CHUNK_SHIFT;
        final int slot = frame & CHUNK - 1;
        references[chunk][slot] = 1;
        indices[chunk][slot] = index;
        objects[chunk][slot] = object;
    }

    /// {@return how many references a frame has}
    int references(int frame) {
        final char count = references[frame >>> CHUNK_SHIFT][frame & CHUNK - 1];
        return count < MANY ? count : MANY + further.getOrDefault(frame, 0);
    }

    /// {@return the object of a frame in use}
    AnonymousObject object(int frame) {
        return objects[frame >>> CHUNK_SHIFT][frame & CHUNK - 1];
    }

    /// {@return the index of a frame in use in its object}
    int index(int frame) {
        return indices[frame >>> CHUNK_SHIFT][frame & CHUNK - 1];
    }

    /// Adds a reference.
    void retain(int frame) {
        assert references(frame) > 0 : frame;
        final char[] counts = references[frame >>> CHUNK_SHIFT];
        final int slot = frame & CHUNK - 1;
        if (counts[slot] < MANY) {
            counts[slot]++;
        } else {
            further.merge(frame, 1, Integer::sum);
        }
    }

    /// Takes a reference.
    ///
    /// @return whether it was the last: then the frame is nobody's, and may be in a list
    boolean release(int frame) {
        final char[] counts = references[frame >>> CHUNK_SHIFT];
        final int slot = frame & CHUNK - 1;
        assert counts[slot] > 0 : "frame " + frame + " was released too often";
        if (counts[slot] == MANY && further.containsKey(frame)) {
            further.computeIfPresent(frame, (_, count) -> count > 1 ? count - 1 : null);
            return false;
        }
        if (--counts[slot] > 0) {
            return false;
        }
        objects[frame >>> CHUNK_SHIFT][slot] = null;
        return true;
    }

    /// {@return the frame after one that has no references, in its list, or [#NONE]}
    int next(int frame) {
        return indices[frame >>> CHUNK_SHIFT][frame & CHUNK - 1];
    }

    /// Sets what comes after a frame that has no references, in its list.
    void setNext(int frame, int next) {
        indices[frame >>> CHUNK_SHIFT][frame & CHUNK - 1] = next;
    }

    /// {@return how many of the first frames have references} O(frames).
    int used(int frames) {
        int used = 0;
        for (int frame = 0; frame < frames; frame++) {
            final int chunk = frame >>> CHUNK_SHIFT;                     // a new pool's window may have no chunks yet
            used += chunk < references.length && references[chunk] != null && references(frame) > 0 ? 1 : 0;
        }
        return used;
    }
}
