package io.offheap.memory.stress;

/// Words that say whose they are, so that a torn, a stray or an old one is known at sight.
///
/// ```
///   63        52 51      48 47              32 31                    0
///  |     tag    |   page   |  low bits of     |       sequence        |
///  |  (writer)  |          |  the sequence    |                       |
/// ```
///
/// The sequence is there twice, so the two halves of different words do not fit. 0 is no stamp: what nobody wrote.
final class Stamp {

    private static final int TAG_SHIFT = 52;
    private static final int PAGE_SHIFT = 48;
    private static final int TWIN_SHIFT = 32;
    private static final long SEQUENCE_MASK = 0xffff_ffffL;
    private static final long TWIN_MASK = 0xffff;

    private Stamp() {}

    /// {@return the word of a writer for a page}
    ///
    /// @param tag      of the writer, 1 to 4095
    /// @param page     0 to 15
    /// @param sequence 1 to 2^32 - 1
    static long of(int tag, int page, long sequence) {
        return (long) tag << TAG_SHIFT | (long) page << PAGE_SHIFT | (sequence & TWIN_MASK) << TWIN_SHIFT | sequence;
    }

    /// {@return the sequence of a word, 0 of what nobody wrote}
    ///
    /// @throws AssertionError if it is neither a word of this writer for this page nor 0
    static long sequence(long word, int tag, int page) {
        final long sequence = word & SEQUENCE_MASK;
        if (word != 0 && (word != of(tag, page, sequence) || sequence == 0)) {
            throw new AssertionError("a word of writer %d for page %d is expected, found %s".formatted(tag, page, describe(word)));
        }
        return sequence;
    }

    private static String describe(long word) {
        final long sequence = word & SEQUENCE_MASK;
        final int tag = (int) (word >>> TAG_SHIFT);
        final int page = (int) (word >>> PAGE_SHIFT) & 15;
        return word == 0 ? "zero" : "0x%x: writer %d, page %d, sequence %d%s".formatted(
                word, tag, page, sequence, word == of(tag, page, sequence) ? "" : ", torn");
    }
}
