package io.offheap.allocator;

/// What fills a Java heap to the last object.
final class Ballast {

    private Object held;

    boolean isHeld() {
        return held != null;
    }

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

    void drop() {
        held = null;
    }
}
