package io.offheap.memory.util;

/// What may be said to a builder. A method answers what it was asked about, or throws with the value.
public final class Arguments {

    private Arguments() {}

    /// {@return a name}
    ///
    /// @throws IllegalArgumentException if it is empty
    public static String name(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name is empty");
        }
        return name;
    }

    /// {@return a number of bytes}
    ///
    /// @param what it is, for the message
    /// @throws IllegalArgumentException if it is not positive
    public static long positive(String what, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(what + "=" + bytes + " is not positive");
        }
        return bytes;
    }
}
