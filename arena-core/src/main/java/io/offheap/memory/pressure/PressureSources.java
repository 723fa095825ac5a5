package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.Ticker;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;

/// Finds out which limits apply to this process.
public final class PressureSources {

    private static final Logger LOGGER = System.getLogger(PressureSources.class.getPackageName());

    private PressureSources() {}

    /// {@return a source for each limit that applies or may come to apply: control groups of either version, and
    /// the host} The caller closes them. Never fails: what cannot be read is left out, with a warning if it is
    /// there.
    public static List<PressureSource> detect(SystemFiles files) {
        return detect(files, Ticker.SYSTEM, "/", LOGGER);
    }

    /// As above, in a file system of which a copy lies below `root`.
    static List<PressureSource> detect(SystemFiles files, Ticker ticker, String root, Logger logger) {
        final var prefix = prefixOf(root);
        final var sources = new ArrayList<PressureSource>();
        final var group = readOnce(files, prefix + "/proc/self/cgroup", logger);
        final var mounts = readOnce(files, prefix + "/proc/self/mountinfo", logger);
        CgroupPaths.v2(group, mounts)
                .flatMap(paths -> CgroupV2Source.probe(files, ticker, prefix, paths, logger)).ifPresent(sources::add);
        CgroupPaths.v1(group, mounts)
                .flatMap(paths -> CgroupV1Source.probe(files, ticker, prefix, paths, logger)).ifPresent(sources::add);
        HostMemorySource.probe(files, prefix).ifPresent(sources::add);
        return List.copyOf(sources);
    }

    /// {@return a budget for what is resident in this process; others may be added to it} The caller closes it.
    ///
    /// @param pageSize   bytes in a page of the operating system
    /// @param limitBytes the budget; positive
    /// @param name       what this is, for messages
    /// @throws OsException if this process cannot be looked at
    public static BudgetSource budget(SystemFiles files, long pageSize, long limitBytes, String name) {
        return budget(files, "/", pageSize, limitBytes, name);
    }

    static BudgetSource budget(SystemFiles files, String root, long pageSize, long limitBytes, String name) {
        return BudgetSource.open(files, prefixOf(root), pageSize, limitBytes, name);
    }

    private static String prefixOf(String root) {
        return root.endsWith("/") ? root.substring(0, root.length() - 1) : root;
    }

    /// {@return the text, or an empty one if there is none}
    private static String readOnce(SystemFiles files, String path, Logger logger) {
        try {
            return Text.readOnce(files, path);
        } catch (OsException e) {
            if (!KeptFile.isGone(e)) {
                DistinctErrors.warn(logger, "control groups are not watched: " + path + ": " + e.getMessage());
            }
            return "";
        }
    }
}
