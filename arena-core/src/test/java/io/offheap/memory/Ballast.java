package io.offheap.memory;

/// What fills the heap to the last object.
final class Ballast {

    private Object[] held;

    /// Takes what the heap has, in arrays of at most so many words, down to the smallest ones.
    void fill(int mostWords) {
        for (int length = mostWords; length > 0;) {
            try {
                held = new Object[] {held, length == 1 ? null : new long[length]};
            } catch (OutOfMemoryError _) {
                length >>= 1;
            }
        }
    }

    /// Gives the heap room for so many small objects.
    void drop(int objects) {
        for (int i = 0; i < objects && held != null; i++) {
            held = (Object[]) held[0];
        }
    }

    /// Takes what the heap has, in arrays of so many words.
    void fillEvenly(int words) {
        try {
            for (;;) {
                held = new Object[] {held, words == 1 ? null : new long[words]};
            }
        } catch (OutOfMemoryError _) {
            return;
        }
    }
}
