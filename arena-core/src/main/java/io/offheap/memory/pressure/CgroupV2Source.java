package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.lang.System.Logger;
import java.util.List;
import java.util.Optional;

/// The limits of our control group and of its ancestors in the unified hierarchy (cgroup v2, Linux
/// admin-guide/cgroup-v2.rst): for each the lower of `memory.max`, where the kernel kills, and `memory.high`,
/// where it throttles.
///
/// What the kernel reclaims by itself is not usage: page cache on its two lists of files, which shared memory and
/// tmpfs are not on, and reclaimable slab. Cost: four reads for a group, two for an ancestor without a limit.
final class CgroupV2Source extends CgroupSource {

    private static final int MAX = 0;
    private static final int HIGH = 1;
    private static final int CURRENT = 2;
    private static final int STAT = 3;

    private static final List<byte[]> RECLAIMABLE = List.of(
            Text.bytesOf("inactive_file"), Text.bytesOf("active_file"), Text.bytesOf("slab_reclaimable"));

    private CgroupV2Source(String name) {
        super(name);
    }

    /// {@return the source, or empty if the group's files are not there, cannot be read, or limit nothing}
    ///
    /// @param root prepended to every path: empty for the real file system
    static Optional<PressureSource> probe(SystemFiles files, String root, CgroupPaths paths, Logger logger) {
        final var directories = paths.directories().stream().map(root::concat).toList();
        return new CgroupV2Source("cgroup v2 " + paths.group()).opened(files, directories, logger);
    }

    /// {@return what the kernel would drop by itself, in bytes, from the text of `memory.stat`}
    static long parseReclaimable(Text stat) {
        return sum(stat, RECLAIMABLE);
    }

    @Override
    List<String> fileNames() {
        return List.of("memory.max", "memory.high", "memory.current", "memory.stat");
    }

    @Override
    Optional<MemoryReading> look(Level level) {
        final long max = number(level, MAX);
        final long high = number(level, HIGH);
        final long limit = Math.min(max, high);
        if (limit == Text.ABSENT || limit == MemoryReading.UNLIMITED && !level.isOwn()) {
            return Optional.empty();
        }
        final long current = number(level, CURRENT);
        return current == Text.ABSENT ? Optional.empty()
                : Optional.of(reading(limit, current, parseReclaimable(statistics(level, STAT))));
    }
}
