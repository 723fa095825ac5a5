package io.offheap.bench.child;

/// A child did not do what it was started for.
public final class ChildFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// What a child says when it fails, with the fields `outcome` and `message`.
    public static final String WORD = "FAILED";

    /// The outcome of a child that ended or fell silent.
    public static final String FAILED = "failed";

    private static final String WRONG_BYTES = "wrong-bytes";
    private static final String OUT_OF_MEMORY = "out-of-memory-error";

    private final String outcome;

    public ChildFailedException(String outcome, String message) {
        super(message);
        this.outcome = outcome;
    }

    /// {@return what a child says when `thrown` ended its work}
    public static Message messageFor(Throwable thrown) {
        final String outcome =
                switch (thrown) {
                    case WrongBytesException _ -> WRONG_BYTES;
                    case OutOfMemoryError _ -> OUT_OF_MEMORY;
                    default -> FAILED;
                };
        return Message.of(WORD).with("outcome", outcome).with("message", thrown);
    }

    /// {@return the word for reports: `wrong-bytes`, `out-of-memory-error` or `failed`}
    public String outcome() {
        return outcome;
    }
}
