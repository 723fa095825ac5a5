package io.offheap.bench.limit;

import java.util.List;
import java.util.Locale;

/// What the two versions of control groups call the same things (admin-guide/cgroup-v1/memory.rst,
/// admin-guide/cgroup-v2.rst).
enum GroupVersion {
    /// The memory controller in a hierarchy of its own. Swap is kept out by `memory.swappiness`: a limit for
    /// memory and swap together would be charged first, and `memory.failcnt` would stay at 0.
    V1("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.swappiness") {
        @Override
        long failures(GroupFiles files) {
            return files.number("memory.failcnt");
        }

        @Override
        long kills(GroupFiles files) {
            return files.field("memory.oom_control", "oom_kill");
        }

        @Override
        boolean delegates(GroupFiles files) {
            return true;
        }
    },
    /// The unified hierarchy. `memory.peak` is there since Linux 5.19.
    V2("memory.max", "memory.current", "memory.peak", "memory.swap.max") {
        @Override
        long failures(GroupFiles files) {
            return files.field("memory.events", "max");
        }

        @Override
        long kills(GroupFiles files) {
            return files.field("memory.events", "oom_kill");
        }

        @Override
        boolean delegates(GroupFiles files) {
            return List.of(files.text("cgroup.subtree_control").split(" ")).contains("memory");
        }
    };

    private final String limitFile;
    private final String usageFile;
    private final String peakFile;
    private final String swapFile;

    GroupVersion(String limitFile, String usageFile, String peakFile, String swapFile) {
        this.limitFile = limitFile;
        this.usageFile = usageFile;
        this.peakFile = peakFile;
        this.swapFile = swapFile;
    }

    /// {@return how often an allocation met the limit}
    abstract long failures(GroupFiles files);

    /// {@return how many processes were killed for lack of memory}
    abstract long kills(GroupFiles files);

    /// {@return whether groups made in this one have the memory controller}
    abstract boolean delegates(GroupFiles files);

    /// {@return the file that holds the limit}
    String limitFile() {
        return limitFile;
    }

    /// {@return the file that says what is used}
    String usageFile() {
        return usageFile;
    }

    /// {@return the file that says what was used at most}
    String peakFile() {
        return peakFile;
    }

    /// {@return the file that keeps swap out when it says 0; absent where the kernel does not count it}
    String swapFile() {
        return swapFile;
    }

    /// {@return for reports}
    String text() {
        return "control group " + name().toLowerCase(Locale.ROOT);
    }
}
