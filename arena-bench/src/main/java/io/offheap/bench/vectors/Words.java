package io.offheap.bench.vectors;

/// The words of one operation, read from left to right.
final class Words {

    private static final String HEXADECIMAL = "0x";

    private final String[] words;
    private int next;

    Words(String op) {
        words = op.split("\\s+");
    }

    /// {@return whether there is another word}
    boolean hasMore() {
        return next < words.length;
    }

    /// {@return the next word}
    String word() {
        if (!hasMore()) {
            throw new SyntaxException("too few words");
        }
        return words[next++];
    }

    /// {@return the next word, a number: decimal, or hexadecimal behind `0x`}
    long number() {
        final String word = word();
        try {
            return word.startsWith(HEXADECIMAL)
                    ? Long.parseLong(word, HEXADECIMAL.length(), word.length(), 16) : Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw new SyntaxException("no number: " + word);
        }
    }

    /// {@return whether the next word is this one, which is then read; there may be no other}
    boolean option(String word) {
        if (!hasMore()) {
            return false;
        }
        if (!words[next].equals(word)) {
            throw new SyntaxException("not understood: " + words[next]);
        }
        next++;
        return true;
    }

    /// Checks that all words were read.
    void end() {
        if (hasMore()) {
            throw new SyntaxException("not understood: " + words[next]);
        }
    }
}
