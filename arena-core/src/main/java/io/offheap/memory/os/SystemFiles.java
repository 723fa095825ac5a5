package io.offheap.memory.os;

/// What the library asks of the operating system about files and waiting: kept descriptors, one `pread`
/// a look, one `poll` a wait for any number of them.
///
/// ## Contract
/// A call that fails throws [io.offheap.memory.types.OsException] with call, arguments and errno.
/// Descriptors belong to the caller, who closes each exactly once. No policy, no retry: an interrupted
/// `poll` (EINTR) counts as one that timed out.
///
/// ## Concurrency
/// Thread-safe; a descriptor must not be closed while another call uses it.
public interface SystemFiles {

    /// {@return a descriptor of an existing file, open for reading (`open`, `O_RDONLY | O_CLOEXEC`)}
    int openForReading(String path);

    /// {@return a descriptor of an existing file, open for writing alone (`open`, `O_WRONLY | O_CLOEXEC`)} For files
    /// that cannot be read, such as `cgroup.event_control`.
    int openForWriting(String path);

    /// {@return a descriptor of an existing file, open for both (`open`, `O_RDWR | O_CLOEXEC`)} For files that answer
    /// what was written to the same descriptor, such as the pressure files of proc and of cgroups.
    int openForUpdating(String path);

    /// Writes a text in one piece (`write`), as files that take commands want it.
    ///
    /// @throws io.offheap.memory.types.OsException also if the file takes only a part (EIO)
    void write(int file, byte[] text);

    /// Reads from an offset without moving a file position (`pread`). The files of `/proc` and of cgroups
    /// answer their contents of now.
    ///
    /// @param buffer filled from index 0
    /// @return bytes read: 0 at the end of the file, at most `buffer.length`
    int read(int file, byte[] buffer, long offset);

    /// {@return a descriptor of an event counter at 0 (`eventfd`, non-blocking, close-on-exec)}
    int createEvent();

    /// Adds 1 to an event counter, which wakes whoever waits for it.
    void signal(int event);

    /// Sets an event counter back to 0; does nothing when it is 0.
    void drain(int event);

    /// Waits until one of several descriptors has something to say (`poll`), and notes in the set which have.
    ///
    /// @param set           what to wait for; what it noted before is forgotten
    /// @param timeoutMillis the longest wait, 0 for none, -1 for ever
    /// @return whether any has; a descriptor that is not open is EBADF
    boolean awaitAny(PollSet set, int timeoutMillis);

    /// Closes a descriptor.
    void close(int file);
}
