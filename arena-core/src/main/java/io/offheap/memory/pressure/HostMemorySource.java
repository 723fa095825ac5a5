package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.types.PressureThresholds;
import java.util.List;
import java.util.Optional;

/// The memory of the whole machine: its limit is `MemTotal`, and used is what is not `MemAvailable`, the kernel's
/// own estimate of what can be had without swapping (proc_meminfo(5)). Cost: one read.
final class HostMemorySource extends KeptFilesSource {

    private static final byte[] TOTAL = Text.bytesOf("MemTotal");
    private static final byte[] AVAILABLE = Text.bytesOf("MemAvailable");
    private static final int KIB = 1024;

    private final KeptFile meminfo;

    private HostMemorySource(KeptFile meminfo) {
        super("host");
        this.meminfo = meminfo;
    }

    /// {@return the source, or empty if there is no such file or it does not say}
    ///
    /// @param root prepended to every path: empty for the real file system
    static Optional<PressureSource> probe(SystemFiles files, String root) {
        final KeptFile meminfo;
        try {
            meminfo = KeptFile.open(files, root + "/proc/meminfo");
        } catch (OsException _) {
            return Optional.empty();
        }
        final var source = new HostMemorySource(meminfo);
        if (source.read().isEmpty()) {
            source.close();
            return Optional.empty();
        }
        return Optional.of(source);
    }

    /// {@return the reading in the text of `/proc/meminfo`, or empty if a field is missing, as before Linux 3.14}
    static Optional<MemoryReading> parse(Text meminfo) {
        final long total = meminfo.field(TOTAL) * KIB;
        final long available = meminfo.field(AVAILABLE) * KIB;
        return total <= 0 || available < 0 ? Optional.empty()
                : Optional.of(new MemoryReading(total, Math.max(0, total - available)));
    }

    @Override
    public PressureThresholds thresholds() {
        return PressureThresholds.HOST;
    }

    @Override
    List<MemoryReading> look() {
        meminfo.look(text);
        return parse(text).stream().toList();
    }

    @Override
    void closeFiles() {
        meminfo.close();
    }
}
