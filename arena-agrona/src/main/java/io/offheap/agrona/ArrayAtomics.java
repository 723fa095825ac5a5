package io.offheap.agrona;

/// Volatile and atomic access to a buffer over a `byte[]`, which Java has none for: each access is made holding the array's monitor, so it is
/// atomic among all buffers that have it made here.
final class ArrayAtomics {

    private ArrayAtomics() {}

    static long getLong(byte[] array, ValueBuffer buffer, int index) {
        synchronized (array) {
            return buffer.getLong(index);
        }
    }

    /// {@return what was there before a value was put in its place}
    static long setLong(byte[] array, ValueBuffer buffer, int index, long value) {
        synchronized (array) {
            final long old = buffer.getLong(index);
            buffer.putLong(index, value);
            return old;
        }
    }

    /// {@return what was there: if it was as expected, the update is there now}
    static long exchangeLong(byte[] array, ValueBuffer buffer, int index, long expected, long update) {
        synchronized (array) {
            final long old = buffer.getLong(index);
            if (old == expected) {
                buffer.putLong(index, update);
            }
            return old;
        }
    }

    /// {@return what was there before something was added to it}
    static long addLong(byte[] array, ValueBuffer buffer, int index, long delta) {
        synchronized (array) {
            final long old = buffer.getLong(index);
            buffer.putLong(index, old + delta);
            return old;
        }
    }

    static int getInt(byte[] array, ValueBuffer buffer, int index) {
        synchronized (array) {
            return buffer.getInt(index);
        }
    }

    /// {@return what was there before a value was put in its place}
    static int setInt(byte[] array, ValueBuffer buffer, int index, int value) {
        synchronized (array) {
            final int old = buffer.getInt(index);
            buffer.putInt(index, value);
            return old;
        }
    }

    /// {@return what was there: if it was as expected, the update is there now}
    static int exchangeInt(byte[] array, ValueBuffer buffer, int index, int expected, int update) {
        synchronized (array) {
            final int old = buffer.getInt(index);
            if (old == expected) {
                buffer.putInt(index, update);
            }
            return old;
        }
    }

    /// {@return what was there before something was added to it}
    static int addInt(byte[] array, ValueBuffer buffer, int index, int delta) {
        synchronized (array) {
            final int old = buffer.getInt(index);
            buffer.putInt(index, old + delta);
            return old;
        }
    }

    static short getShort(byte[] array, ValueBuffer buffer, int index) {
        synchronized (array) {
            return buffer.getShort(index);
        }
    }

    static void putShort(byte[] array, ValueBuffer buffer, int index, short value) {
        synchronized (array) {
            buffer.putShort(index, value);
        }
    }

    static char getChar(byte[] array, ValueBuffer buffer, int index) {
        synchronized (array) {
            return buffer.getChar(index);
        }
    }

    static void putChar(byte[] array, ValueBuffer buffer, int index, char value) {
        synchronized (array) {
            buffer.putChar(index, value);
        }
    }
}
