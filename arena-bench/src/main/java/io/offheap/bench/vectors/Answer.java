package io.offheap.bench.vectors;

import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.MappingException;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.SegmentationFaultException;

/// What an operation answered.
///
/// @param text    the value, `ok`, or the name of an error
/// @param isError whether an operation of which nothing is expected fails with it
record Answer(String text, boolean isError) {

    /// Nothing to say.
    static final Answer OK = new Answer("ok", false);

    /// {@return a value}
    static Answer of(Object value) {
        return new Answer(String.valueOf(value), false);
    }

    /// {@return an error}
    static Answer error(String name) {
        return new Answer(name, true);
    }

    /// {@return what a thrown exception is called in a scenario}
    static Answer of(Throwable thrown) {
        return error(switch (thrown) {
            case BusErrorException _ -> "BUS";
            case SegmentationFaultException _ -> "SEGV";
            case MappingException _ -> "ENOMEM";
            case OutOfMemoryError _ -> "ENOMEM";
            case OsException e -> e.getMessage().replaceFirst(".* failed: ", "").replaceFirst(" .*", "");
            case ArithmeticException _ -> "EINVAL";
            case SyntaxException e -> e.getMessage();
            case IllegalArgumentException _ -> "EINVAL";
            case IllegalStateException _ -> "EBUSY";
            default -> thrown.toString();
        });
    }
}
