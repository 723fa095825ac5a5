package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.Ticker;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// What the two versions of control groups have in common: a limit for our own group and one for each ancestor,
/// every one of which may be the one that is met.
///
/// A group that has no limit is kept and asked for it again, so that a limit set later counts.
///
/// ## Cost
/// What is used is read at every look. Limits and the statistics of page cache, which cost several times as much
/// to read, are read again after [#KNOWN_NANOS]: so a look is one `pread` for each limited group while growth looks
/// again and again, and one for each file otherwise.
abstract class CgroupSource extends KeptFilesSource {

    /// How long limits and statistics count as known. A thread that touches fresh pages of 4 KiB takes 1 to 4 GB/s, so in
    /// this time page cache that gives way to it may go unnoticed for up to 20 MB, less than the reserve of 32 MiB.
    static final long KNOWN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /// How long a group without a limit counts as such: what is set there is seen a little later, and growth costs no
    /// look at it.
    static final long UNLIMITED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// What changes slowly in one group.
    ///
    /// @param limitBytes       0 or more, [MemoryReading#UNLIMITED] for none, [Text#ABSENT] if the files do not say
    /// @param reclaimableBytes what the kernel would drop by itself; not read where there is no limit
    record Known(long limitBytes, long reclaimableBytes) {

        static final Known NOTHING = new Known(Text.ABSENT, 0);

        boolean isLimited() {
            return limitBytes != Text.ABSENT && limitBytes != MemoryReading.UNLIMITED;
        }
    }

    private record Dated(Known known, long readAtNanos) {}

    /// One group whose limit counts for this process.
    static final class Group {
        private final String directory;
        private final boolean isOwn;
        private final List<KeptFile> kept;

        /// Read by one thread for all; null at first. Threads that race for it read the same files.
        private volatile Dated dated;

        private Group(String directory, boolean isOwn, List<KeptFile> kept) {
            this.directory = directory;
            this.isOwn = isOwn;
            this.kept = kept;
        }

        /// {@return the directory with the files}
        String directory() {
            return directory;
        }

        /// {@return whether it is the lowest group that is visible}
        boolean isOwn() {
            return isOwn;
        }

        /// {@return what was known at the last look}
        Known known() {
            final var last = dated;
            return last == null ? Known.NOTHING : last.known;
        }
    }

    private final Ticker ticker;

    /// The lowest first. Written before anybody else sees the source.
    private final List<Group> groups = new ArrayList<>();

    CgroupSource(String name, Ticker ticker) {
        super(name);
        this.ticker = ticker;
    }

    /// {@return the files that a group is made of; the first is what is used, a number}
    abstract List<String> fileNames();

    /// {@return what changes slowly in a group}
    ///
    /// @throws OsException if a file cannot be read
    abstract Known learn(Group group, Text text);

    /// Opens the groups that are there and can be read. A directory without the files is skipped: the root group has
    /// no limits, and a controller need not be enabled in every group. A file that is there and cannot be read is
    /// warned of, and its group is left out.
    ///
    /// @return this source, or empty, and everything closed, if there is no group to watch
    final Optional<PressureSource> opened(SystemFiles files, List<String> directories, Logger logger) {
        final var text = new Text();
        for (final var directory : directories) {
            open(files, directory, text, logger);
        }
        return groups.isEmpty() ? Optional.empty() : Optional.of(this);
    }

    private void open(SystemFiles files, String directory, Text text, Logger logger) {
        final var opened = new ArrayList<KeptFile>();
        var path = directory;
        try {
            for (final var name : fileNames()) {
                path = directory + "/" + name;
                final var file = KeptFile.open(files, path);
                opened.add(file);
                file.look(text);
            }
            groups.add(new Group(directory, groups.isEmpty(), List.copyOf(opened)));
        } catch (OsException e) {
            opened.forEach(KeptFile::close);
            if (!KeptFile.isGone(e)) {
                DistinctErrors.warn(logger,
                        "the memory limit of a control group is not watched: " + path + ": " + e.getMessage());
            }
        }
    }

    /// {@return the groups, the lowest first}
    final List<Group> groups() {
        return groups;
    }

    @Override
    final List<MemoryReading> look(Text text) {
        final var readings = new ArrayList<MemoryReading>(groups.size());
        for (final var group : groups) {
            try {
                final var known = known(group, text);
                final long usage = known.isLimited() ? number(group, 0, text) : Text.ABSENT;
                if (usage != Text.ABSENT) {
                    readings.add(reading(known, usage));
                }
            } catch (OsException _) {
                // the other limits are as true as before
            }
        }
        return readings;
    }

    private Known known(Group group, Text text) {
        final long now = ticker.nanos();
        final var last = group.dated;
        if (last != null && now - last.readAtNanos < (last.known.isLimited() ? KNOWN_NANOS : UNLIMITED_NANOS)) {
            return last.known;
        }
        final var known = learn(group, text);
        group.dated = new Dated(known, now);
        return known;
    }

    @Override
    void closeFiles() {
        groups.forEach(group -> group.kept.forEach(KeptFile::close));
    }

    /// {@return the number that a file of a group consists of, or [Text#ABSENT]}
    static long number(Group group, int file, Text text) {
        group.kept.get(file).look(text);
        return text.number();
    }

    /// {@return the statistics of a group}
    static Text statistics(Group group, int file, Text text) {
        group.kept.get(file).look(text);
        return text;
    }

    /// A limit of 0 is legal and leaves no room at all. Page cache is counted at another moment than the usage, so it
    /// may exceed it.
    private static MemoryReading reading(Known known, long usageBytes) {
        return new MemoryReading(Math.max(1, known.limitBytes), Math.max(0, usageBytes - known.reclaimableBytes));
    }

    /// {@return the sum of these fields of a `memory.stat`} One that is not there counts nothing.
    static long sum(Text statistics, List<Text.Field> fields) {
        return fields.stream().mapToLong(field -> Math.max(0, statistics.field(field))).sum();
    }
}
