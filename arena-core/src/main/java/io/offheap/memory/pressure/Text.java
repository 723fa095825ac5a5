package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryReading;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What one look at a file of `/proc` or of a cgroup found, and the two forms it can have: one number, or a
/// line for each field.
///
/// A buffer for use again and again: only its first look, or a file that outgrew it, allocates.
///
/// ## Concurrency
/// Not thread-safe.
final class Text {
    /// Answer for a number or a field that is not there.
    static final long ABSENT = -1;

    /// The longest of these files that we keep looking at, `memory.stat`, has about 2 KiB.
    private static final int FIRST_BYTES = 4096;

    /// How far a line may have moved and still be found without a search: some numbers before it got longer.
    private static final int NEAR_BYTES = 48;

    private static final byte[] MAX = bytesOf("max");

    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;

    /// {@return a text that was read elsewhere}
    static Text of(String recorded) {
        final var text = new Text();
        text.bytes = bytesOf(recorded);
        text.length = text.bytes.length;
        return text;
    }

    private static byte[] bytesOf(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Reads a file that the kernel renders in one piece, which every single-value and statistics file is. When
    /// reading fails the text is empty.
    ///
    /// @throws io.offheap.memory.types.OsException if the file cannot be read
    void load(SystemFiles files, int file) {
        length = 0;
        int count = files.read(file, bytes, 0);
        while (count == bytes.length) {                                 // perhaps cut off: look again, with more room
            bytes = new byte[bytes.length * 2];
            count = files.read(file, bytes, 0);
        }
        length = count;
    }

    /// Makes the text empty.
    void clear() {
        length = 0;
    }

    /// {@return the whole of a file that is looked at once, however many pieces it is read in}
    ///
    /// @throws io.offheap.memory.types.OsException if the file cannot be opened or read
    static String readOnce(SystemFiles files, String path) {
        final int file = files.openForReading(path);
        try {
            final var piece = new byte[FIRST_BYTES];
            var all = new byte[0];
            int count;
            while ((count = files.read(file, piece, all.length)) > 0) {
                final int before = all.length;
                all = Arrays.copyOf(all, before + count);
                System.arraycopy(piece, 0, all, before, count);
            }
            return new String(all, StandardCharsets.UTF_8);
        } finally {
            files.close(file);
        }
    }

    /// {@return the number that the text consists of, [MemoryReading#UNLIMITED] for `max`, or [#ABSENT]}
    long number() {
        return startsWith(MAX, 0) ? MemoryReading.UNLIMITED : numberAt(0);
    }

    /// One field of a file that is looked at again and again. Remembers where it stood: the files have a thousand
    /// bytes and more, looks are too seldom for their code to be compiled soon, and the lines hardly move.
    ///
    /// Thread-safe: a wrong place only costs a search.
    static final class Field {
        private final byte[] key;
        private int lastAt;

        /// @param key the word that begins the line
        Field(String key) {
            this.key = bytesOf(key);
        }
    }

    /// {@return the number behind a key that begins a line, `key 123` or `key:  123 kB`, or [#ABSENT]}
    long field(Field field) {
        final int near = lineStartBefore(Math.min(field.lastAt, length) - NEAR_BYTES);
        int at = lineOf(field.key, near, length);
        if (at < 0) {
            at = lineOf(field.key, 0, near);
        }
        if (at < 0) {
            return ABSENT;
        }
        field.lastAt = at;
        return numberAt(at + field.key.length + 1);
    }

    private int lineStartBefore(int at) {
        int start = Math.max(0, at);
        while (start > 0 && bytes[start - 1] != '\n') {
            start--;
        }
        return start;
    }

    /// {@return where the line with this key begins, from a line's start on, or -1}
    private int lineOf(byte[] key, int from, int to) {
        int lineStart = from;
        while (lineStart < to) {
            final int end = lineStart + key.length;
            if (startsWith(key, lineStart) && end < length && (bytes[end] == ' ' || bytes[end] == ':')) {
                return lineStart;
            }
            while (lineStart < to && bytes[lineStart] != '\n') {
                lineStart++;
            }
            lineStart++;
        }
        return -1;
    }

    /// {@return the number that is the column with this index, separated by single spaces, or [#ABSENT]}
    long column(int index) {
        int at = 0;
        for (int skipped = 0; skipped < index; skipped++) {
            while (at < length && bytes[at] != ' ') {
                at++;
            }
            at++;
        }
        return numberAt(at);
    }

    private boolean startsWith(byte[] prefix, int at) {
        return at + prefix.length <= length
                && Arrays.equals(bytes, at, at + prefix.length, prefix, 0, prefix.length);
    }

    /// A number beyond 2^63 is cut to `Long.MAX_VALUE`: old kernels write 2^64 - 1 for "no limit".
    private long numberAt(int from) {
        int at = from;
        while (at < length && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        final int firstDigit = at;
        long value = 0;
        for (; at < length && '0' <= bytes[at] && bytes[at] <= '9'; at++) {
            final int digit = bytes[at] - '0';
            value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
        }
        return at == firstDigit ? ABSENT : value;
    }
}
