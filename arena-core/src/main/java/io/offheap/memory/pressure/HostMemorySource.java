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
///
/// ## Events
/// A trigger on the stalls of the whole machine, where the process may set one.
final class HostMemorySource extends KeptFilesSource {

    private static final Text.Field TOTAL = new Text.Field("MemTotal");
    private static final Text.Field AVAILABLE = new Text.Field("MemAvailable");
    private static final int KIB = 1024;

    private final KeptFile meminfo;
    private final List<PressureEvent> events;

    private HostMemorySource(KeptFile meminfo, List<PressureEvent> events) {
        super("host");
        this.meminfo = meminfo;
        this.events = events;
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
        final var source = new HostMemorySource(meminfo, stalls(files, root));
        if (source.read().isEmpty()) {
            source.close();
            return Optional.empty();
        }
        return Optional.of(source);
    }

    private static List<PressureEvent> stalls(SystemFiles files, String root) {
        try {
            return List.of(PressureEvent.ofStalls(files, root + "/proc/pressure/memory"));
        } catch (OsException _) {
            return List.of();                                           // by the clock
        }
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
    List<MemoryReading> look(Text text) {
        meminfo.look(text);
        return parse(text).stream().toList();
    }

    @Override
    public List<PressureEvent> events() {
        return events;
    }

    @Override
    void closeFiles() {
        meminfo.close();
        events.forEach(PressureEvent::close);
    }
}
