package io.offheap.bench.limit;

/// No control group could be made here; the message says why.
public final class NoControlGroupException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NoControlGroupException(String message) {
        super(message);
    }
}
