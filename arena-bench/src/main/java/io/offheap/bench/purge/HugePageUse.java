package io.offheap.bench.purge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the kernel says about huge pages: whether there are any, and where it has put them
/// (Documentation/admin-guide/mm/transhuge.rst, proc_pid_smaps(5)).
final class HugePageUse {

    private static final Path ENABLED = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) .*");
    private static final String HUGE = "AnonHugePages:";
    private static final int HEXADECIMAL = 16;

    private HugePageUse() {}

    /// {@return why no huge pages can be had by asking for them; empty if they can}
    static Optional<String> missing() {
        try {
            final String enabled = Files.readString(ENABLED).strip();
            return enabled.contains("[never]") ? Optional.of(ENABLED + " says " + enabled) : Optional.empty();
        } catch (IOException absent) {
            return Optional.of("no " + ENABLED);
        }
    }

    /// {@return the bytes of huge pages in all mappings that reach into a range of addresses of this process}
    static long bytes(long address, long size) {
        long kibibytes = 0;
        boolean isInside = false;
        for (String line : mappings()) {
            final Matcher mapping = MAPPING.matcher(line);
            if (mapping.matches()) {
                final long from = Long.parseUnsignedLong(mapping.group(1), HEXADECIMAL);
                final long to = Long.parseUnsignedLong(mapping.group(2), HEXADECIMAL);
                isInside = from < address + size && address < to;
            } else if (isInside && line.startsWith(HUGE)) {
                kibibytes += Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return kibibytes << 10;
    }

    private static List<String> mappings() {
        try {
            return Files.readAllLines(MAPPINGS);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
