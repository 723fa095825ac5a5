package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.List;

/// How much room the limits of all sources leave.
///
/// A source is read again when growth has used up the credit ([Room#credit]) of what it left, so what is far away is not
/// read for what is near: a container's files take a few microseconds, the host's fifty. Until then all growth counts against
/// what it left, and it is read at once if that makes it the tightest.
///
/// ## Concurrency
/// Thread-safe: of two threads that read a source at once the last one counts. A thread that was held up on its way here is told of what
/// was read after its growth.
final class Headroom {

    /// What one source left.
    ///
    /// @param room  below its tightest limit, null if nothing is limited or nothing can be read
    /// @param grown bytes acquired since the start when it was read
    /// @param due   bytes acquired when it is to be read again
    private record Seen(Room room, long grown, long due) {

        /// {@return bytes that are left at least, if all growth since has been below this limit}
        long leastBytes(long now) {
            return room == null ? Long.MAX_VALUE : room.bytes() - (now - grown);
        }
    }

    private static final class Watched {
        private final PressureSource source;
        private volatile Seen seen;                 // null before the first look

        Watched(PressureSource source) {
            this.source = source;
        }
    }

    private final Reserve reserve;
    private final List<Watched> sources;

    /// @param reserve what is kept free below each limit
    Headroom(Reserve reserve, List<PressureSource> sources) {
        this.reserve = reserve;
        this.sources = sources.stream().map(Watched::new).toList();
    }

    /// {@return the room below the tightest limit, as read at this growth or later, or null if nothing is limited or nothing can be read}
    ///
    /// @param grown          bytes acquired since the start
    /// @param untouchedBytes of what was handed out, at most
    Room look(long grown, long untouchedBytes) {
        Room least = null;
        for (final var watched : sources) {
            final var seen = watched.seen;
            if (seen == null || grown >= seen.due) {
                least = tighter(least, read(watched, grown, untouchedBytes));
            } else if (seen.grown >= grown) {
                least = tighter(least, seen.room);      // read by a thread that has grown after this one
            }
        }
        for (var next = tightestUnread(least, grown); next != null; next = tightestUnread(least, grown)) {
            least = tighter(least, read(next, grown, untouchedBytes));
        }
        return least;
    }

    /// {@return the source that was not read at this growth or later and may leave the least, or null if none may leave less than is known}
    private Watched tightestUnread(Room known, long grown) {
        long leastBytes = known == null ? Long.MAX_VALUE : known.bytes();
        Watched tightest = null;
        for (final var watched : sources) {
            final var seen = watched.seen;
            if (seen.grown < grown && seen.leastBytes(grown) < leastBytes) {
                leastBytes = seen.leastBytes(grown);
                tightest = watched;
            }
        }
        return tightest;
    }

    private Room read(Watched watched, long grown, long untouchedBytes) {
        Room least = null;
        for (final var reading : watched.source.readings()) {
            if (reading.limitBytes() != MemoryReading.UNLIMITED) {
                final long kept = reserve.below(reading.limitBytes());
                least = tighter(least, new Room(reading.headroomBytes() - kept, kept));
            }
        }
        final long credit = least == null ? Room.LONGEST_CREDIT : least.credit(untouchedBytes);
        watched.seen = new Seen(least, grown, grown + credit);
        return least;
    }

    private static Room tighter(Room one, Room other) {
        return one == null || other != null && other.bytes() < one.bytes() ? other : one;
    }

    /// {@return the lowest limit of all sources, as just read, in bytes; [MemoryReading#UNLIMITED] if there is none}
    long leastLimit() {
        long least = MemoryReading.UNLIMITED;
        for (final var watched : sources) {
            for (final var reading : watched.source.readings()) {
                least = Math.min(least, reading.limitBytes());
            }
        }
        return least;
    }
}
