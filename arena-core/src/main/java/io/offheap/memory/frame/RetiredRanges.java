package io.offheap.memory.frame;

import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.OsException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Address space that nobody uses any more, kept without memory until no reader can be on its way there: one without a
/// lock may have looked an address up just before, and must find zeros instead of killing the process.
///
/// The collector tells when. A reader holds the [Era] in which it began for as long as it reads; each range that is
/// retired ends an era, and an era holds the next one. So an era that nobody can reach any more has no reader left that
/// began in it or before, and what was retired at its end can be released:
///
/// ```
///   reader ---> era 1 ---> era 2 ---> era 3 (now)
///               | range a  | range b
///               v          v
///          released when era 1 is unreachable, and so on
/// ```
///
/// Nothing bounds what waits but the collector: who retires [#MOST_WAITING] ranges while it does not run has it run.
/// If it must not (`-XX:+DisableExplicitGC`), address space and mappings of the kernel may run out, which is an
/// error and not a crash.
///
/// Thread-safe.
public final class RetiredRanges {

    /// Each range costs one of the kernel's mappings, of which there are 65 530 by default.
    static final int MOST_WAITING = 8192;

    private final SystemMemory os;
    private final int most;
    private final ReferenceQueue<Era> ended = new ReferenceQueue<>();
    private final Set<Range> waiting = new HashSet<>();
    private int sinceCollection;

    private volatile Era now = new Era();

    /// A stretch of time that ends when a range is retired. Held by readers, and by the eras before.
    public static final class Era {
        @SuppressWarnings("unused") // by the collector
        private Era next;

        private Era() {}
    }

    /// A range, and the era at the end of which it was retired.
    private static final class Range extends PhantomReference<Era> {
        private final long address;
        private final long size;

        Range(Era era, ReferenceQueue<Era> ended, long address, long size) {
            super(era, ended);
            this.address = address;
            this.size = size;
        }
    }

    /// @param os what releases
    public RetiredRanges(SystemMemory os) {
        this(os, MOST_WAITING);
    }

    RetiredRanges(SystemMemory os, int most) {
        this.os = os;
        this.most = most;
    }

    /// {@return what a reader holds from before its first lookup until after its last access, by a reachability fence}
    public Era now() {
        return now;
    }

    /// Takes a range that has given its memory back and to which no lookup leads any more. Releases others.
    public void add(long address, long size) {
        boolean collects = false;
        synchronized (this) {
            final var ending = now;
            final var next = new Era();
            ending.next = next;
            waiting.add(new Range(ending, ended, address, size));
            now = next;
            if (waiting.size() > most && ++sinceCollection > most) {
                sinceCollection = 0;
                collects = true;
            }
        }
        if (collects) {
            System.gc();
        }
        releaseUnreachable();
    }

    /// Releases the ranges to which no reader can be on its way, as far as the collector knows.
    ///
    /// @return how many are left
    public int releaseUnreachable() {
        for (var found = ended.poll(); found != null; found = ended.poll()) {
            final var range = (Range) found;
            if (take(range)) {
                os.release(range.address, range.size);
            }
        }
        synchronized (this) {
            return waiting.size();
        }
    }

    private synchronized boolean take(Range range) {
        return waiting.remove(range);
    }

    /// Releases everything at once. For tests in which nobody reads any more.
    public void releaseAll() {
        final List<Range> all;
        synchronized (this) {
            all = List.copyOf(waiting);
            waiting.clear();
        }
        OsException refusal = null;
        for (final var range : all) {
            try {
                os.release(range.address, range.size);
            } catch (OsException e) {
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }
}
