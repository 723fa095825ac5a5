package io.offheap.memory.os;

/// What the library asks of the operating system about files and waiting: kept descriptors, one `pread`
/// a look, one `poll` a wait.
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

    /// Waits until a descriptor is readable (`poll`, `POLLIN`).
    ///
    /// @param timeoutMillis the longest wait, 0 for none
    /// @return whether it is readable; a descriptor that is not open is EBADF
    boolean awaitReadable(int file, int timeoutMillis);

    /// Closes a descriptor.
    void close(int file);
}
