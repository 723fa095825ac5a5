package io.offheap.allocator;

/// What fills a Java heap to the last object.
public final class Ballast {

    private Object held;

    /// Without any.
    public Ballast() {}

    boolean isHeld() {
        return held != null;
    }

    /// Takes what the heap has, in arrays of at most so many words, down to the smallest ones.
    public void fill(int mostWords) {
        for (int length = mostWords; length > 0;) {
            try {
                held = new Object[] {held, length == 1 ? null : new long[length]};
            } catch (OutOfMemoryError _) {
                length >>= 1;
            }
        }
    }

    public void drop() {
        held = null;
    }
}
