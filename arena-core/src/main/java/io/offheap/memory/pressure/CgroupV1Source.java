package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.Ticker;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The limits of our control group and of its ancestors in the memory hierarchy of cgroup v1 (Linux
/// admin-guide/cgroup-v1/memory.rst).
///
/// Inside a container the ancestors are often not visible, but `hierarchical_memory_limit` in our own group's
/// `memory.stat` is the lowest limit of all of them. What they use is not visible either, so for such a limit our
/// own usage has to stand in, which is less. Page cache is not usage; shared memory and tmpfs are on none of the
/// lists of files and stay in. Cost: one read for each limited group, and every 5 ms two more; one every 5 ms for an
/// ancestor without a limit.
///
/// ## Events
/// See [CgroupV1Events]; one counter for each limited group.
final class CgroupV1Source extends CgroupSource {

    private static final int LIMIT = 1;
    private static final int STAT = 2;

    private static final Text.Field HIERARCHICAL_LIMIT = new Text.Field("hierarchical_memory_limit");
    private static final List<Text.Field> RECLAIMABLE =
            List.of(new Text.Field("total_inactive_file"), new Text.Field("total_active_file"));

    /// "No limit" is the largest number of pages that fits, in bytes: `LONG_MAX / PAGE_SIZE * PAGE_SIZE`
    /// (linux/page_counter.h), and in kernels before 3.19 `LONG_MAX` or more. Half of that is beyond any memory.
    private static final long NO_LIMIT = Long.MAX_VALUE / 2;

    private final SystemFiles files;

    /// Made when a group is first seen limited; changed by the daemon's thread alone, closed by any.
    private final Map<Group, CgroupV1Events> events = new ConcurrentHashMap<>();

    private CgroupV1Source(SystemFiles files, String name, Ticker ticker) {
        super(name, ticker);
        this.files = files;
    }

    /// {@return the source, or empty if the group's files are not there or cannot be read}
    ///
    /// @param root prepended to every path: empty for the real file system
    static Optional<PressureSource> probe(SystemFiles files, Ticker ticker, String root, CgroupPaths paths,
            Logger logger) {
        final var directories = paths.directories().stream().map(root::concat).toList();
        return new CgroupV1Source(files, "cgroup v1 " + paths.group(), ticker).opened(files, directories, logger);
    }

    /// {@return what the kernel would drop by itself, in bytes, from the text of `memory.stat`}
    static long parseReclaimable(Text stat) {
        return sum(stat, RECLAIMABLE);
    }

    /// {@return the lowest limit of the group and all its ancestors, in bytes, from the text of `memory.stat`}
    static long parseHierarchicalLimit(Text stat) {
        final long limit = stat.field(HIERARCHICAL_LIMIT);
        return limit == Text.ABSENT ? MemoryReading.UNLIMITED : orUnlimited(limit);
    }

    /// {@return a limit, with every way to write "none" as [MemoryReading#UNLIMITED]}
    static long orUnlimited(long limit) {
        return limit > NO_LIMIT ? MemoryReading.UNLIMITED : limit;
    }

    @Override
    List<String> fileNames() {
        return List.of("memory.usage_in_bytes", "memory.limit_in_bytes", "memory.stat");
    }

    @Override
    Known learn(Group group, Text text) {
        final long limit = orUnlimited(number(group, LIMIT, text));
        if (limit == Text.ABSENT || limit == MemoryReading.UNLIMITED && !group.isOwn()) {
            return new Known(limit, 0);
        }
        final var stat = statistics(group, STAT, text);
        final long lowest = group.isOwn() ? Math.min(limit, parseHierarchicalLimit(stat)) : limit;
        return new Known(lowest, parseReclaimable(stat));
    }

    @Override
    public List<PressureEvent> events() {
        final var all = new ArrayList<PressureEvent>();
        for (final var group : groups()) {
            final var known = group.known();
            if (known.isLimited() && !isClosed()) {
                events.computeIfAbsent(group, g -> new CgroupV1Events(files, g.directory()))
                        .armFor(known.limitBytes(), known.reclaimableBytes(), thresholds()).ifPresent(all::add);
            }
        }
        if (isClosed()) {                                               // who closed may not have seen the last ones
            closeEvents();
            return List.of();
        }
        return all;
    }

    @Override
    void closeFiles() {
        super.closeFiles();
        closeEvents();
    }

    private void closeEvents() {
        events.values().forEach(CgroupV1Events::close);
    }
}
