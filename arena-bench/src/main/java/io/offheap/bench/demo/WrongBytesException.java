package io.offheap.bench.demo;

/// Memory did not hold what was written to it.
final class WrongBytesException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    WrongBytesException(String message) {
        super(message);
    }
}
