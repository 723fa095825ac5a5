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

/// The limits of our control group and of its ancestors in the unified hierarchy (cgroup v2, Linux
/// admin-guide/cgroup-v2.rst): for each the lower of `memory.max`, where the kernel kills, and `memory.high`,
/// where it throttles.
///
/// What the kernel reclaims by itself is not usage: page cache on its two lists of files, which shared memory and
/// tmpfs are not on, and reclaimable slab. Cost: one read for each limited group, and every 5 ms three more; two every 5
/// ms for one without a limit.
///
/// ## Events
/// `memory.events` of every group changes when a limit is met. `memory.pressure` of our own group has a trigger where
/// the process may set one; in a container its file system is often read-only, and there is none.
final class CgroupV2Source extends CgroupSource {

    private static final int MAX = 1;
    private static final int HIGH = 2;
    private static final int STAT = 3;

    private static final List<Text.Field> RECLAIMABLE = List.of(
            new Text.Field("inactive_file"), new Text.Field("active_file"), new Text.Field("slab_reclaimable"));

    private final List<PressureEvent> events = new ArrayList<>();

    private CgroupV2Source(String name, Ticker ticker) {
        super(name, ticker);
    }

    /// {@return the source, or empty if the group's files are not there or cannot be read}
    ///
    /// @param root prepended to every path: empty for the real file system
    static Optional<PressureSource> probe(SystemFiles files, Ticker ticker, String root, CgroupPaths paths,
            Logger logger) {
        final var directories = paths.directories().stream().map(root::concat).toList();
        final var source = new CgroupV2Source("cgroup v2 " + paths.group(), ticker);
        final var opened = source.opened(files, directories, logger);
        source.openEvents(files);
        return opened;
    }

    /// What the kernel does not offer is done without: the daemon looks by the clock too.
    private void openEvents(SystemFiles files) {
        for (final var group : groups()) {
            try {
                events.add(PressureEvent.ofChanges(files, group.directory() + "/memory.events"));
            } catch (OsException _) {
                // by the clock
            }
        }
        if (!groups().isEmpty()) {
            try {
                events.add(PressureEvent.ofStalls(files, groups().getFirst().directory() + "/memory.pressure"));
            } catch (OsException _) {
                // by memory.events and the clock
            }
        }
    }

    /// {@return what the kernel would drop by itself, in bytes, from the text of `memory.stat`}
    static long parseReclaimable(Text stat) {
        return sum(stat, RECLAIMABLE);
    }

    @Override
    List<String> fileNames() {
        return List.of("memory.current", "memory.max", "memory.high", "memory.stat");
    }

    @Override
    Known learn(Group group, Text text) {
        final long limit = Math.min(number(group, MAX, text), number(group, HIGH, text));
        if (limit == Text.ABSENT || limit == MemoryReading.UNLIMITED) {
            return new Known(limit, 0);
        }
        return new Known(limit, parseReclaimable(statistics(group, STAT, text)));
    }

    @Override
    public List<PressureEvent> events() {
        return events;
    }

    @Override
    void closeFiles() {
        super.closeFiles();
        events.forEach(PressureEvent::close);
    }
}
