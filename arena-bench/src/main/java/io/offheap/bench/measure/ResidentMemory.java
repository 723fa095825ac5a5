package io.offheap.bench.measure;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;

/// How much memory a process has resident: `VmRSS` of `/proc/PID/status`, through a file that is kept open.
/// The kernel gathers it from counters of each thread, so it may be off by some hundred KiB.
public final class ResidentMemory implements AutoCloseable {

    private static final String FIELD = "\nVmRSS:";
    private static final int LONGEST_FILE = 8192;

    private final RandomAccessFile status;
    private final byte[] buffer = new byte[LONGEST_FILE];

    /// @throws UncheckedIOException if there is no such process, or no `/proc`
    public ResidentMemory(long pid) {
        try {
            status = new RandomAccessFile("/proc/" + pid + "/status", "r");
        } catch (IOException noSuchProcess) {
            throw new UncheckedIOException("resident memory of process " + pid, noSuchProcess);
        }
    }

    /// {@return bytes, or 0 when the process has ended}
    public long bytes() {
        try {
            status.seek(0);
            return parse(Math.max(0, status.read(buffer)));
        } catch (IOException ended) {
            return 0;
        }
    }

    @Override
    public void close() {
        try {
            status.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private long parse(int length) {
        final int field = indexOfField(length);
        long kibibytes = 0;
        for (int at = field + FIELD.length(); field >= 0 && at < length && buffer[at] != '\n'; at++) {
            if (Character.isDigit(buffer[at])) {
                kibibytes = 10 * kibibytes + buffer[at] - '0';
            }
        }
        return kibibytes * 1024;
    }

    private int indexOfField(int length) {
        for (int at = 0; at + FIELD.length() <= length; at++) {
            if (matchesField(at)) {
                return at;
            }
        }
        return -1;
    }

    private boolean matchesField(int at) {
        for (int index = 0; index < FIELD.length(); index++) {
            if (buffer[at + index] != FIELD.charAt(index)) {
                return false;
            }
        }
        return true;
    }
}
