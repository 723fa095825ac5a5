package io.offheap.bench.child;

/// Memory did not hold what was written to it.
public final class WrongBytesException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public WrongBytesException(String message) {
        super(message);
    }
}
