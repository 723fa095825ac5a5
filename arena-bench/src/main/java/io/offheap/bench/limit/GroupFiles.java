package io.offheap.bench.limit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The files of one control group.
///
/// @param directory of the group
record GroupFiles(Path directory) {

    /// {@return whether there is such a file}
    boolean has(String file) {
        return Files.exists(directory.resolve(file));
    }

    /// {@return what a file says, without the line's end}
    String text(String file) {
        try {
            return Files.readString(directory.resolve(file)).strip();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// {@return what a file of one number says}
    long number(String file) {
        return Long.parseLong(text(file));
    }

    /// {@return the number beside a key, in a file of lines `key number`}
    ///
    /// @throws IllegalStateException if there is no such key
    long field(String file, String key) {
        return text(file).lines()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 2 && words[0].equals(key))
                .mapToLong(words -> Long.parseLong(words[1]))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(directory.resolve(file) + " has no " + key));
    }

    /// Writes a number.
    void write(String file, long number) throws IOException {
        Files.writeString(directory.resolve(file), Long.toString(number));
    }
}
