package io.offheap.memory.space;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.range.Interval;
import io.offheap.memory.range.PageSet;
import io.offheap.memory.types.OsException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/// A file of the file system, which others may read, write and truncate at any moment.
///
/// It is not mapped: touching a mapped page behind the end of a file that somebody has just made shorter is a SIGBUS,
/// which a JVM survives in some kinds of access only. Reads and writes are system calls, which see what other
/// mappers and writers see, and answer with a short count where a mapping would kill.
///
/// Not a file channel: that is closed when a thread that uses it is interrupted.
final class RegularFile implements FileBacking {

    private final SystemMemory os;
    private final Path path;
    private final int pageSize;
    private final RandomAccessFile file;
    private final int descriptor;
    private final PageSet punched = new PageSet();
    private final byte[] page;

    RegularFile(SystemMemory os, Path path) throws IOException {
        this.os = os;
        this.path = path;
        this.pageSize = Math.toIntExact(os.pageSize());
        this.page = new byte[pageSize];
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());             // opening it to write would make one
        }
        this.file = new RandomAccessFile(path.toFile(), "rw");
        try {
            this.descriptor = os.openFile(path.toString());
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// {@inheritDoc} Asks the operating system.
    @Override
    public long pages() {
        try {
            return (file.length() + pageSize - 1) / pageSize;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isMapped() {
        return false;
    }

    @Override
    public long address(long index) {
        throw new AssertionError("not mapped");
    }

    @Override
    public boolean isAddress(long index, long address) {
        return false;
    }

    /// {@inheritDoc} If it has become shorter in between, the rest reads as zero.
    @Override
    public void read(long index, long to) {
        try {
            file.seek(index * pageSize);
            int count = 0;
            for (int more = 0; more >= 0 && count < pageSize; count += Math.max(more, 0)) {
                more = file.read(page, count, pageSize - count);
            }
            final var target = RawMemory.segment(to, pageSize);
            MemorySegment.copy(page, 0, target, ValueLayout.JAVA_BYTE, 0, count);
            target.asSlice(count).fill((byte) 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void write(long index, long offset, MemorySegment source) {
        try {
            final byte[] bytes = source.toArray(ValueLayout.JAVA_BYTE);
            file.seek(index * pageSize + offset);
            file.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isHole(long index) {
        return false;
    }

    /// {@inheritDoc} All that we have not punched ourselves: a hole that others have filled again is left alone.
    @Override
    public List<Interval<Boolean>> present(long start, long end) {
        return punched.gaps(start, Math.max(start, Math.min(end, pages())));
    }

    @Override
    public void fill(long index) {
        punched.remove(index, index + 1);
    }

    @Override
    public void forget(long start, long end) {
        punched.add(start, end);
    }

    /// {@inheritDoc} Behind the end there is nothing to take: writing zeros there would make the file longer.
    @Override
    public void punch(long start, long end) {
        final long stop = Math.min(end, pages());
        if (start >= stop) {
            return;
        }
        try {
            os.punchHole(descriptor, start * pageSize, (stop - start) * pageSize);
        } catch (OsException refused) {                                 // not every file system has holes
            final var zeros = MemorySegment.ofArray(new byte[pageSize]);
            for (long index = start; index < stop; index++) {
                write(index, 0, zeros);
            }
        }
    }

    @Override
    public void resize(long pages) {
        try {
            file.setLength(pages * pageSize);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String share() {
        return path.toString();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            os.closeFile(descriptor);
        }
    }
}
