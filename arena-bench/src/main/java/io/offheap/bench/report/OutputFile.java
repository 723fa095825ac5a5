package io.offheap.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The file that an option names for what a command will have measured.
public final class OutputFile {

    private OutputFile() {}

    /// Makes the folder of a file, and finds out whether the file can be written there: before measuring, not after. What the file
    /// holds stays.
    ///
    /// @param option that names it, for the message
    /// @return what keeps it from being written; empty if nothing does. A pipe or a device is no file here: files are replaced as a
    ///     whole, by one of the same name
    public static Optional<String> problem(String option, Path file) {
        if (Files.isDirectory(file)) {
            return Optional.of(option + " needs a file, and " + file + " is a folder");
        }
        if (Files.exists(file) && !(Files.isRegularFile(file) && Files.isWritable(file))) {
            return Optional.of(option + " needs a file that can be written, and " + file + " is none");
        }
        return folderProblem(option, file.toAbsolutePath().getParent());
    }

    /// Makes a folder, and finds out whether files can be written there.
    ///
    /// @param option that names it, for the message
    /// @return what keeps them from being written; empty if nothing does
    public static Optional<String> folderProblem(String option, Path folder) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "arena", ".new"));
            return Optional.empty();
        } catch (IOException refused) {
            return Optional.of(option + " cannot be written: " + refused);
        }
    }
}
