package io.offheap.memory.pressure;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.OsException;
import java.util.Set;

/// One open file that is looked at again and again: one `pread` a look instead of open, read and close.
///
/// Belongs to one [KeptFilesSource], whose lock sees to it that no look meets the closing.
record KeptFile(SystemFiles files, int descriptor, String path) {

    private static final Set<Integer> GONE = Set.of(
            Errno.ENOENT.number(), Errno.ENOTDIR.number(), Errno.ESRCH.number(), Errno.ENODEV.number());

    /// @throws OsException if it cannot be opened
    static KeptFile open(SystemFiles files, String path) {
        return new KeptFile(files, files.openForReading(path), path);
    }

    /// @throws OsException if it cannot be read
    void look(Text into) {
        into.load(files, descriptor);
    }

    /// A `close` that fails has closed the descriptor nevertheless (close(2)), and there was nothing to write.
    void close() {
        try {
            files.close(descriptor);
        } catch (OsException _) {
            // closed: see above
        }
    }

    /// {@return whether a call failed because what it asks about is not there}: no such file; a process that has
    /// ended (ESRCH); a cgroup that was removed while its files were open (ENODEV).
    static boolean isGone(OsException failure) {
        return GONE.contains(failure.errno());
    }
}
