package io.offheap.allocator;

/// Statistics as text for eyes: what adds up stands together.
final class StatsPage {

    private StatsPage() {}

    static String of(AllocatorStats s) {
        final var page = new StringBuilder("allocator ").append(s.name()).append('\n');
        line(page, "allocated", s.allocatedBytes(),
                "in blocks that callers hold, %s of it large; %d direct buffers of %s".formatted(
                        text(s.largeBytes()), s.directBuffers(), text(s.directBufferBytes())));
        line(page, "cached", s.cachedBytes(), "in free slots at threads' hands, in %d caches".formatted(s.caches()));
        line(page, "slack", s.slackBytes(), "in slabs, neither used nor cached");
        line(page, "active", s.activeBytes(), "= allocated + cached + slack");
        line(page, "volatile", s.volatileBytes(),
                "free, memory kept (of it lazily freed: %s)".formatted(text(s.lazyFreeBytes())));
        line(page, "metadata", s.metadataBytes(), "that describes pages");
        line(page, "committed", s.committedBytes(), "= active + volatile + metadata, limit %s, hit %d times".formatted(
                s.hardLimit() == Long.MAX_VALUE ? "none" : text(s.hardLimit()), s.limitHits()));
        line(page, "purged", s.purgedBytes(), "free, memory given back");
        line(page, "retained", s.retainedBytes(), "free, never had memory");
        line(page, "mapped", s.mappedBytes(), "= active + volatile + purged + retained");
        line(page, "resident", s.residentBytes(), "says the operating system");
        line(page, "re-used", s.bytesReused(), "in %d volatile runs, %.1f %% of what was freed; %d faults avoided".formatted(
                s.volatileReuses(), 100 * s.volatileHitRate(), s.faultsAvoided()));
        line(page, "given back", s.bytesPurged(), "in %d batches, %d runs refused; %d direct reclaims".formatted(
                s.purges(), s.purgeFailures(), s.directReclaims()));
        classes(page, s);
        return page.toString();
    }

    private static void line(StringBuilder page, String what, long bytes, String remark) {
        page.append("  %-10s %11s   %s\n".formatted(what, text(bytes), remark));
    }

    private static void classes(StringBuilder page, AllocatorStats s) {
        final var inUse = s.classes().stream().filter(each -> each.slabs() > 0).toList();
        if (inUse.isEmpty()) {
            return;
        }
        page.append("  %-10s %11s %11s %11s %11s %11s %13s %13s\n".formatted(
                "slot", "slabs", "slots", "used", "cached", "free", "taken", "given"));
        for (final var each : inUse) {
            page.append("  %-10s %11d %11d %11d %11d %11d %13d %13d\n".formatted(
                    each.slotBytes() + " B", each.slabs(), each.slots(), each.usedSlots(), each.cachedSlots(),
                    each.freeSlots(), each.slotsTaken(), each.slotsGiven()));
        }
    }

    private static String text(long bytes) {
        if (bytes < 10L << 10) {
            return bytes + " B";
        }
        return bytes < 10L << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
    }
}
