package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the two versions of control groups have in common: a limit for our own group and one for each ancestor,
/// every one of which may be the one that is met.
///
/// An ancestor that has no limit yet is kept and asked for it at each look, so that a limit set later counts.
abstract class CgroupSource extends KeptFilesSource {

    /// One group whose limit counts for this process.
    ///
    /// @param isOwn whether it is the lowest group that is visible
    /// @param kept  the kept files, in the order of [#fileNames]
    record Level(boolean isOwn, List<KeptFile> kept) {

        void close() {
            kept.forEach(KeptFile::close);
        }
    }

    /// The lowest first.
    private final List<Level> levels = new ArrayList<>();

    CgroupSource(String name) {
        super(name);
    }

    /// {@return the files that a level is made of}
    abstract List<String> fileNames();

    /// {@return the limit of one level and what is used, or empty when the files do not say, or when it is an
    /// ancestor without a limit} For our own group without a limit: [MemoryReading#UNLIMITED].
    ///
    /// @throws OsException if a file cannot be read
    abstract Optional<MemoryReading> look(Level level);

    /// Opens the levels that are there and can be read. A directory without the files is skipped: the root group has
    /// no limits, and a controller need not be enabled in every group. A file that is there and cannot be read is
    /// warned of, and its level left out.
    ///
    /// @return this source, or empty, and everything closed, if nothing is limited
    final Optional<PressureSource> opened(SystemFiles files, List<String> directories, Logger logger) {
        for (final var directory : directories) {
            open(files, directory, logger);
        }
        final boolean isLimited = readings().stream().anyMatch(r -> r.limitBytes() != MemoryReading.UNLIMITED);
        if (!isLimited) {
            close();
        }
        return isLimited ? Optional.of(this) : Optional.empty();
    }

    private void open(SystemFiles files, String directory, Logger logger) {
        final var opened = new ArrayList<KeptFile>();
        var path = directory;
        try {
            for (final var name : fileNames()) {
                path = directory + "/" + name;
                final var file = KeptFile.open(files, path);
                opened.add(file);
                file.look(text);
            }
            levels.add(new Level(levels.isEmpty(), List.copyOf(opened)));
        } catch (OsException e) {
            opened.forEach(KeptFile::close);
            if (!KeptFile.isGone(e)) {
                logger.log(Logger.Level.WARNING,
                        "the memory limit of a control group is not watched: " + path + ": " + e.getMessage());
            }
        }
    }

    @Override
    final List<MemoryReading> look() {
        final var readings = new ArrayList<MemoryReading>(levels.size());
        for (final var level : levels) {
            try {
                look(level).ifPresent(readings::add);
            } catch (OsException _) {
                // the other limits are as true as before
            }
        }
        return readings;
    }

    @Override
    final void closeFiles() {
        levels.forEach(Level::close);
    }

    /// {@return the number that a file of a level consists of, or [Text#ABSENT]}
    final long number(Level level, int file) {
        level.kept().get(file).look(text);
        return text.number();
    }

    /// {@return the statistics of a level; valid until the next look}
    final Text statistics(Level level, int file) {
        level.kept().get(file).look(text);
        return text;
    }

    /// {@return the reading of a level} A limit of 0 is legal and leaves no room at all.
    ///
    /// @param reclaimableBytes what the kernel would drop by itself; counted at another moment than the usage, so
    ///                         it may exceed it
    static MemoryReading reading(long limitBytes, long usageBytes, long reclaimableBytes) {
        return new MemoryReading(Math.max(1, limitBytes), Math.max(0, usageBytes - reclaimableBytes));
    }

    /// {@return the sum of these fields of a `memory.stat`} One that is not there counts nothing.
    static long sum(Text statistics, List<byte[]> keys) {
        return keys.stream().mapToLong(key -> Math.max(0, statistics.field(key))).sum();
    }
}
