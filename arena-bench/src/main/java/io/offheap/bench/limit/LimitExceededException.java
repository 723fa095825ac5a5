package io.offheap.bench.limit;

/// More memory is used than a limit allows that nobody enforces.
public final class LimitExceededException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LimitExceededException(String message) {
        super(message);
    }
}
