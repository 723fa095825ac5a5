package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.lang.System.Logger;
import java.util.List;
import java.util.Optional;

/// The limits of our control group and of its ancestors in the memory hierarchy of cgroup v1 (Linux
/// admin-guide/cgroup-v1/memory.rst).
///
/// Inside a container the ancestors are often not visible, but `hierarchical_memory_limit` in our own group's
/// `memory.stat` is the lowest limit of all of them. What they use is not visible either, so for such a limit our
/// own usage has to stand in, which is less. Page cache is not usage; shared memory and tmpfs are on none of the
/// lists of files and stay in. Cost: three reads for a group, one for an ancestor without a limit.
final class CgroupV1Source extends CgroupSource {

    private static final int LIMIT = 0;
    private static final int USAGE = 1;
    private static final int STAT = 2;

    private static final byte[] HIERARCHICAL_LIMIT = Text.bytesOf("hierarchical_memory_limit");
    private static final List<byte[]> RECLAIMABLE =
            List.of(Text.bytesOf("total_inactive_file"), Text.bytesOf("total_active_file"));

    /// "No limit" is the largest number of pages that fits, in bytes: `LONG_MAX / PAGE_SIZE * PAGE_SIZE`
    /// (linux/page_counter.h), and in kernels before 3.19 `LONG_MAX` or more. Half of that is beyond any memory.
    private static final long NO_LIMIT = Long.MAX_VALUE / 2;

    private CgroupV1Source(String name) {
        super(name);
    }

    /// {@return the source, or empty if the group's files are not there, cannot be read, or limit nothing}
    ///
    /// @param root prepended to every path: empty for the real file system
    static Optional<PressureSource> probe(SystemFiles files, String root, CgroupPaths paths, Logger logger) {
        final var directories = paths.directories().stream().map(root::concat).toList();
        return new CgroupV1Source("cgroup v1 " + paths.group()).opened(files, directories, logger);
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
        return List.of("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat");
    }

    @Override
    Optional<MemoryReading> look(Level level) {
        final long limit = orUnlimited(number(level, LIMIT));
        if (limit == Text.ABSENT || limit == MemoryReading.UNLIMITED && !level.isOwn()) {
            return Optional.empty();
        }
        final long usage = number(level, USAGE);
        if (usage == Text.ABSENT) {
            return Optional.empty();
        }
        final var stat = statistics(level, STAT);
        final long lowest = level.isOwn() ? Math.min(limit, parseHierarchicalLimit(stat)) : limit;
        return Optional.of(reading(lowest, usage, parseReclaimable(stat)));
    }
}
