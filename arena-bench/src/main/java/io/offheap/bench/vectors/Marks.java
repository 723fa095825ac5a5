package io.offheap.bench.vectors;

/// The last word of a mark.
final class Marks {

    private Marks() {}

    /// {@return whether it says `partial`; `full` or nothing is the other kind}
    static boolean isPartial(Words words) {
        if (!words.hasMore()) {
            return false;
        }
        final String kind = words.word();
        return switch (kind) {
            case "partial" -> true;
            case "full" -> false;
            default -> throw new SyntaxException("no kind of mark: " + kind);
        };
    }
}
