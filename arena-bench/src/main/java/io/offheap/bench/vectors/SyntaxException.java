package io.offheap.bench.vectors;

/// A line of a scenario cannot be understood.
final class SyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SyntaxException(String message) {
        super(message);
    }
}
