package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.types.PressureThresholds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PressureSourcesTest {

    private static final long MIB = 1 << 20;
    private static final String NO_LIMIT_V1 = "9223372036854771712\n";

    private static final String V2_MOUNTS = "30 24 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n";
    private static final String V1_MOUNTS = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    private static final String V2_STAT = """
            anon 104857600
            file 73400320
            kernel 8388608
            slab 6291456
            shmem 20971520
            inactive_anon 104857600
            active_anon 20480
            inactive_file 31457280
            active_file 20971520
            unevictable 0
            slab_reclaimable 5242880
            slab_unreclaimable 1048576
            """;
    private static final String V1_STAT = """
            cache 9179136
            rss 6754304
            inactive_file 4096
            active_file 180224
            hierarchical_memory_limit 9223372036854771712
            total_cache 282550272
            total_shmem 8998912
            total_inactive_file 186261504
            total_active_file 87289856
            total_unevictable 14217216
            """;
    private static final String MEMINFO = """
            MemTotal:       24684096 kB
            MemFree:        24037484 kB
            MemAvailable:   24109628 kB
            Buffers:            2372 kB
            """;

    private final FakeFiles files = new FakeFiles();

    /// Every look comes late enough for everything to be read again.
    private long now = Long.MAX_VALUE - 10;
    private final RecordingLogger logger = new RecordingLogger();

    // --- parsing ---

    @Test
    void v2ReclaimsPageCacheAndSlabButNotSharedMemory() {
        assertEquals(31457280 + 20971520 + 5242880, CgroupV2Source.parseReclaimable(Text.of(V2_STAT)));
        assertEquals(0, CgroupV2Source.parseReclaimable(Text.of("")));
    }

    @Test
    void v1ReclaimsThePageCacheOfTheWholeSubtree() {
        assertEquals(186261504 + 87289856, CgroupV1Source.parseReclaimable(Text.of(V1_STAT)));
        assertEquals(MemoryReading.UNLIMITED, CgroupV1Source.parseHierarchicalLimit(Text.of(V1_STAT)));
        assertEquals(512 * MIB,
                CgroupV1Source.parseHierarchicalLimit(Text.of("hierarchical_memory_limit 536870912\n")));
        assertEquals(MemoryReading.UNLIMITED, CgroupV1Source.parseHierarchicalLimit(Text.of("cache 1\n")));
    }

    @Test
    void everyWayToWriteNoLimitIsUnlimited() {
        assertEquals(MemoryReading.UNLIMITED, Text.of("max\n").number());
        for (final var none : List.of(NO_LIMIT_V1, "9223372036854710272\n", "9223372036854775807\n",
                "18446744073709551615\n")) {
            assertEquals(MemoryReading.UNLIMITED, CgroupV1Source.orUnlimited(Text.of(none).number()), none);
        }
        assertEquals(1L << 40, CgroupV1Source.orUnlimited(Text.of("1099511627776\n").number()));
    }

    @Test
    void numbersFieldsAndColumnsThatAreMissingAreAbsent() {
        assertEquals(Text.ABSENT, Text.of("").number());
        assertEquals(Text.ABSENT, Text.of("none\n").number());
        assertEquals(0, Text.of("0").number());
        assertEquals(Text.ABSENT, Text.of("active_file 5\n").field(new Text.Field("file")));
        assertEquals(Text.ABSENT, Text.of("active_file_x 5\nactive_file").field(new Text.Field("active_file")));
        assertEquals(7, Text.of("file_mapped 5\nfile 7\n").field(new Text.Field("file")));
        assertEquals(7, Text.of("a 5\nb 7").field(new Text.Field("b")));
        assertEquals(404, BudgetSource.parseResidentPages(Text.of("765 404 5 0 123 0\n")));
        assertEquals(Text.ABSENT, BudgetSource.parseResidentPages(Text.of("765")));
        assertEquals(Text.ABSENT, BudgetSource.parseResidentPages(Text.of("")));
    }

    @Test
    void fieldIsFoundWhereverItHasMoved() {
        final var field = new Text.Field("wanted");
        final var random = new Random(7);
        for (int look = 0; look < 200; look++) {
            final var before = "some_field 1234567\n".repeat(random.nextInt(20));
            final var behind = "another 1\nwanted_too 5\n".repeat(random.nextInt(20));
            assertEquals(look, Text.of(before + "wanted " + look + "\n" + behind).field(field), "look " + look);
        }
        assertEquals(Text.ABSENT, Text.of("some_field 1\n".repeat(30)).field(field));
        assertEquals(Text.ABSENT, Text.of("").field(field));
        assertEquals(9, Text.of("wanted 9").field(field));
    }

    @Test
    void hostIsTotalAndWhatIsNotAvailable() {
        assertEquals(Optional.of(new MemoryReading(24684096L * 1024, (24684096L - 24109628) * 1024)),
                HostMemorySource.parse(Text.of(MEMINFO)));
        assertEquals(Optional.empty(), HostMemorySource.parse(Text.of("MemTotal: 5 kB\n")));
        assertEquals(Optional.empty(), HostMemorySource.parse(Text.of("")));
    }

    // --- cgroup v2 ---

    private PressureSource v2() {
        return only(detect(), "cgroup v2 /a/b");
    }

    private void nestedV2() {
        files.put("/proc/self/cgroup", "0::/a/b\n").put("/proc/self/mountinfo", V2_MOUNTS);
        v2Level("/a/b", "536870912\n", "max\n", "209715200\n");
        v2Level("/a", "max\n", "max\n", "314572800\n");
    }

    private void v2Level(String group, String max, String high, String current) {
        final var directory = "/sys/fs/cgroup" + group;
        files.put(directory + "/memory.max", max).put(directory + "/memory.high", high)
                .put(directory + "/memory.current", current).put(directory + "/memory.stat", V2_STAT);
    }

    private static long usedV2(long current) {
        return current - 31457280 - 20971520 - 5242880;
    }

    @Test
    void v2ReadsLimitAndUsageWithoutWhatIsReclaimable() {
        nestedV2();
        try (var source = v2()) {
            assertEquals(Optional.of(new MemoryReading(512 * MIB, usedV2(200 * MIB))), source.read());
            assertEquals(PressureThresholds.LIMIT, source.thresholds());
        }
        assertEquals(0, files.openCount());
    }

    @Test
    void v2TakesTheLowerOfMaxAndHigh() {
        nestedV2();
        v2Level("/a/b", "536870912\n", "268435456\n", "209715200\n");
        assertEquals(256 * MIB, v2().read().orElseThrow().limitBytes());
    }

    @Test
    void v2AncestorWithLessHeadroomIsTheTightest() {
        nestedV2();
        v2Level("/a", "419430400\n", "max\n", "398458880\n");
        final var source = v2();
        assertEquals(new MemoryReading(400 * MIB, usedV2(380 * MIB)), source.read().orElseThrow());
        assertEquals(2, source.readings().size());
    }

    @Test
    void v2FollowsALimitThatChangesWhileRunning() {
        nestedV2();
        final var source = v2();
        files.put("/sys/fs/cgroup/a/b/memory.max", "268435456\n");
        assertEquals(256 * MIB, source.read().orElseThrow().limitBytes());
        files.put("/sys/fs/cgroup/a/memory.high", "230686720\n");
        assertEquals(220 * MIB, source.readings().getLast().limitBytes());
        files.put("/sys/fs/cgroup/a/memory.high", "max\n").put("/sys/fs/cgroup/a/b/memory.max", "max\n");
        assertEquals(List.of(), source.readings());
    }

    @Test
    void v2LimitOfZeroLeavesNoRoom() {
        nestedV2();
        v2Level("/a/b", "0\n", "max\n", "209715200\n");
        assertTrue(v2().read().orElseThrow().headroomBytes() < 0);
    }

    @Test
    void v2WithoutAnyLimitIsWatchedForOneThatComesLater() {
        nestedV2();
        v2Level("/a/b", "max\n", "max\n", "209715200\n");
        final var source = v2();
        assertEquals(List.of(), source.readings());
        files.put("/sys/fs/cgroup/a/b/memory.max", "536870912\n");
        assertEquals(Optional.of(new MemoryReading(512 * MIB, usedV2(200 * MIB))), source.read());
        files.put("/sys/fs/cgroup/a/b/memory.max", "max\n").put("/sys/fs/cgroup/a/memory.high", "419430400\n");
        assertEquals(Optional.of(new MemoryReading(400 * MIB, usedV2(300 * MIB))), source.read());
        source.close();
        assertEquals(0, files.openCount());
    }

    @Test
    void v2GroupWithoutTheControllerIsWatchedThroughItsAncestor() {
        files.put("/proc/self/cgroup", "0::/a/b\n").put("/proc/self/mountinfo", V2_MOUNTS);
        v2Level("/a", "536870912\n", "max\n", "209715200\n");
        assertEquals(512 * MIB, v2().read().orElseThrow().limitBytes());
        assertEquals(List.of(), logger.lines);
    }

    @Test
    void pathThatIsNotBelowTheMountFallsBackToTheMountPoint() {
        files.put("/proc/self/cgroup", "0::/a/b\n").put("/proc/self/mountinfo", V2_MOUNTS);
        v2Level("", "536870912\n", "max\n", "209715200\n");
        assertEquals(512 * MIB, v2().read().orElseThrow().limitBytes());
    }

    @Test
    void v2GroupThatVanishesLeavesItsAncestors() {
        nestedV2();
        v2Level("/a", "536870912\n", "max\n", "314572800\n");
        final var source = v2();
        for (final var name : List.of("max", "high", "current", "stat")) {
            files.vanish("/sys/fs/cgroup/a/b/memory." + name, FakeFiles.ENODEV);
        }
        assertEquals(List.of(new MemoryReading(512 * MIB, usedV2(300 * MIB))), source.readings());
        files.vanish("/sys/fs/cgroup/a/memory.current", FakeFiles.ENODEV);
        assertEquals(Optional.empty(), source.read());
        source.close();
        assertEquals(0, files.openCount());
    }

    @Test
    void emptyOrGarbledFilesReadAsNothing() {
        nestedV2();
        final var source = v2();
        for (final var name : List.of("max", "high", "current")) {
            final var path = "/sys/fs/cgroup/a/b/memory." + name;
            final var before = name.equals("current") ? "209715200\n" : "536870912\n";
            for (final var bad : List.of("", "garbage\n")) {
                files.put(path, bad);
                assertEquals(Optional.empty(), source.read(), path + " " + bad);
            }
            files.put(path, before);
            assertTrue(source.read().isPresent());
        }
    }

    @Test
    void unreadableFileIsWarnedOfWithPathAndErrnoAndLeftOut() {
        nestedV2();
        files.refuseToOpen("/sys/fs/cgroup/a/b/memory.current", FakeFiles.EACCES);
        try (var ancestor = v2()) {
            assertEquals(List.of(), ancestor.readings());
        }
        assertEquals(1, logger.lines.size());
        assertTrue(logger.lines.getFirst().contains("/sys/fs/cgroup/a/b/memory.current")
                && logger.lines.getFirst().contains("EACCES"), logger.lines.getFirst());
        assertEquals(0, files.openCount());
    }

    @Test
    void fileThatOpensButCannotBeReadIsWarnedOfToo() {
        nestedV2();
        files.refuseToRead("/sys/fs/cgroup/a/b/memory.stat", FakeFiles.EIO);
        try (var ancestor = v2()) {
            assertEquals(List.of(), ancestor.readings());
        }
        assertTrue(logger.lines.getFirst().contains("/sys/fs/cgroup/a/b/memory.stat")
                && logger.lines.getFirst().contains("EIO"), logger.lines.getFirst());
        assertEquals(0, files.openCount());
    }

    @Test
    void closedSourceLeavesDescriptorsAloneThatAreUsedAgain() {
        nestedV2();
        final var source = v2();
        source.close();
        try (var other = v2()) {
            assertEquals(Optional.empty(), source.read());
            source.close();
            assertTrue(other.read().isPresent());
        }
    }

    // --- cgroup v1 ---

    private void v1Level(String group, String limit, String usage, String stat) {
        final var directory = "/sys/fs/cgroup/memory" + group;
        files.put(directory + "/memory.limit_in_bytes", limit).put(directory + "/memory.usage_in_bytes", usage)
                .put(directory + "/memory.stat", stat);
    }

    private void nestedV1() {
        files.put("/proc/self/cgroup", "4:memory:/a/b\n0::/\n").put("/proc/self/mountinfo", V1_MOUNTS);
        v1Level("/a/b", "536870912\n", "294547456\n", V1_STAT);
        v1Level("/a", NO_LIMIT_V1, "394547456\n", V1_STAT);
        v1Level("", NO_LIMIT_V1, "494547456\n", V1_STAT);
    }

    private PressureSource v1() {
        return only(detect(), "cgroup v1 /a/b");
    }

    private static final long V1_CACHE = 186261504 + 87289856;

    @Test
    void v1ReadsLimitAndUsageWithoutPageCache() {
        nestedV1();
        assertEquals(Optional.of(new MemoryReading(512 * MIB, 294547456 - V1_CACHE)), v1().read());
    }

    @Test
    void v1AncestorWithLessHeadroomIsTheTightest() {
        nestedV1();
        v1Level("/a", "419430400\n", "394547456\n", "total_inactive_file 1048576\n");
        assertEquals(new MemoryReading(400 * MIB, 394547456 - MIB), v1().read().orElseThrow());
    }

    @Test
    void v1LimitOfAnInvisibleAncestorCounts() {
        nestedV1();
        v1Level("/a/b", NO_LIMIT_V1, "294547456\n",
                V1_STAT.replace("limit 9223372036854771712", "limit 268435456"));
        assertEquals(new MemoryReading(256 * MIB, 294547456 - V1_CACHE), v1().read().orElseThrow());
    }

    @Test
    void v1WithoutAnyLimitIsWatchedForOneThatComesLater() {
        nestedV1();
        v1Level("/a/b", NO_LIMIT_V1, "294547456\n", V1_STAT);
        final var source = v1();
        assertEquals(List.of(), source.readings());
        files.put("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "536870912\n");
        assertEquals(Optional.of(new MemoryReading(512 * MIB, 294547456 - V1_CACHE)), source.read());
        files.put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "629145600\n");
        assertEquals(2, source.readings().size());
        source.close();
        assertEquals(0, files.openCount());
    }

    @Test
    void v1CacheCountedAfterTheUsageNeverMakesItNegative() {
        nestedV1();
        files.put("/sys/fs/cgroup/memory/a/b/memory.usage_in_bytes", "4096\n");
        assertEquals(0, v1().read().orElseThrow().usageBytes());
    }

    @Test
    void hybridHostIsWatchedByV1WithV2BesideIt() {
        nestedV1();
        files.put("/proc/self/mountinfo", V1_MOUNTS + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        assertEquals("cgroup v1 /a/b", v1().name());
    }

    @Test
    void ownGroupOfAHybridHostThatLimitsOnBothSidesIsWatchedOnBoth() {
        nestedV1();
        files.put("/proc/self/cgroup", "4:memory:/a/b\n0::/u\n")
                .put("/proc/self/mountinfo", V1_MOUNTS + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        final var unified = "/sys/fs/cgroup/unified/u/memory.";
        files.put(unified + "max", "629145600\n").put(unified + "high", "max\n").put(unified + "current", "104857600\n")
                .put(unified + "stat", V2_STAT);
        final var found = detect();
        assertEquals(List.of("cgroup v2 /u", "cgroup v1 /a/b"), found.stream().map(PressureSource::name).toList());
        assertEquals(600 * MIB, found.getFirst().read().orElseThrow().limitBytes());
        assertEquals(512 * MIB, found.getLast().read().orElseThrow().limitBytes());
    }

    // --- what is read how often ---

    @Test
    void limitsAndStatisticsAreReadAgainAfterFiveMillisecondsAndUsageAlways() {
        nestedV2();
        final var source = PressureSources.detect(files, () -> now, "/", logger).getFirst();
        assertEquals(usedV2(200 * MIB), source.read().orElseThrow().usageBytes());
        v2Level("/a/b", "268435456\n", "max\n", "220200960\n");
        now += CgroupSource.KNOWN_NANOS - 1;
        assertEquals(new MemoryReading(512 * MIB, usedV2(210 * MIB)), source.read().orElseThrow());
        now += 1;
        assertEquals(new MemoryReading(256 * MIB, usedV2(210 * MIB)), source.read().orElseThrow());
    }

    // --- host, budget, manual ---

    @Test
    void hostHasThresholdsOfItsOwn() {
        files.put("/proc/meminfo", MEMINFO);
        try (var host = only(detect(), "host")) {
            assertEquals(PressureThresholds.HOST, host.thresholds());
            assertEquals(24684096L * 1024, host.read().orElseThrow().limitBytes());
        }
        assertEquals(0, files.openCount());
    }

    @Test
    void hostWithoutTheFieldsIsNoSource() {
        files.put("/proc/meminfo", "MemTotal: 5 kB\n");
        assertEquals(List.of(), detect());
        assertEquals(0, files.openCount());
    }

    @Test
    void budgetAddsUpItsProcessesAndForgetsThoseThatEnd() {
        files.put("/proc/self/statm", "765 100 5 0 123 0\n").put("/proc/42/statm", "765 20 5 0 123 0\n")
                .put("/proc/43/statm", "0 3 0 0 0 0 0\n");
        try (var budget = PressureSources.budget(files, "/", 4096, 100 * MIB, "test")) {
            assertEquals(new MemoryReading(100 * MIB, 100 * 4096), budget.read().orElseThrow());
            assertTrue(budget.addProcess(42));
            assertTrue(budget.addProcess(43));
            assertEquals(123 * 4096, budget.read().orElseThrow().usageBytes());
            files.vanish("/proc/42/statm", FakeFiles.ESRCH);
            assertEquals(103 * 4096, budget.read().orElseThrow().usageBytes());
            files.refuseToRead("/proc/42/statm", FakeFiles.EIO);        // nobody looks there any more
            assertEquals(103 * 4096, budget.read().orElseThrow().usageBytes());
            assertEquals(2, files.openCount());
            assertEquals(false, budget.addProcess(44));
        }
        assertEquals(0, files.openCount());
    }

    @Test
    void budgetThatCannotBeReadIsEmptyAndTooManyFilesAreTold() {
        files.put("/proc/self/statm", "765 100 5 0 123 0\n").put("/proc/42/statm", "765 20 5 0 123 0\n");
        final var budget = PressureSources.budget(files, "/", 4096, 100 * MIB, "test");
        files.refuseToOpen("/proc/42/statm", FakeFiles.EMFILE);
        assertThrows(OsException.class, () -> budget.addProcess(42));
        files.refuseToRead("/proc/self/statm", FakeFiles.EIO);
        assertEquals(Optional.empty(), budget.read());
        budget.close();
        assertThrows(IllegalStateException.class, () -> budget.addProcess(42));
        assertThrows(IllegalArgumentException.class, () -> PressureSources.budget(files, "/", 4096, 0, "test"));
    }

    @Test
    void manualSaysWhatItIsTold() {
        final var manual = new ManualSource("mine");
        assertEquals(Optional.empty(), manual.read());
        manual.set(10, 4);
        assertEquals(List.of(new MemoryReading(10, 4)), manual.readings());
        manual.close();
        assertEquals(Optional.empty(), manual.read());
    }

    // --- detection ---

    @Test
    void nothingThereIsNothingFoundAndNothingSaid() {
        assertEquals(List.of(), detect());
        assertEquals(List.of(), logger.lines);
    }

    @Test
    void filesThatComeInPiecesAreReadWhole() {
        nestedV2();
        files.put("/proc/self/mountinfo", "22 27 0:21 / /proc rw - proc proc rw\n".repeat(300) + V2_MOUNTS);
        files.inPieces(1000);
        assertEquals("cgroup v2 /a/b", v2().name());
    }

    @Test
    void statisticsLongerThanTheBufferAreReadWhole() {
        nestedV2();
        files.put("/sys/fs/cgroup/a/b/memory.stat", "some_other_field 12345\n".repeat(1000) + V2_STAT);
        assertEquals(usedV2(200 * MIB), v2().read().orElseThrow().usageBytes());
    }

    @Test
    void recordedTreeBelowADirectoryIsReadLikeTheRoot(@TempDir Path tree) throws IOException {
        write(tree, "proc/self/cgroup", "4:memory:/docker/abc\n0::/\n");
        write(tree, "proc/self/mountinfo",
                "700 699 0:32 /docker/abc /sys/fs/cgroup/memory ro master:17 - cgroup cgroup rw,memory\n");
        write(tree, "proc/meminfo", MEMINFO);
        write(tree, "sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
        write(tree, "sys/fs/cgroup/memory/memory.usage_in_bytes", "294547456\n");
        write(tree, "sys/fs/cgroup/memory/memory.stat", V1_STAT);
        final var disk = FakeFiles.onDisk();
        final var found = PressureSources.detect(disk, () -> now += CgroupSource.UNLIMITED_NANOS, tree.toString(), logger);
        assertEquals(List.of("cgroup v1 /docker/abc", "host"), found.stream().map(PressureSource::name).toList());
        assertEquals(512 * MIB, found.getFirst().read().orElseThrow().limitBytes());
        Files.delete(tree.resolve("sys/fs/cgroup/memory/memory.usage_in_bytes"));
        assertEquals(Optional.empty(), found.getFirst().read());
        found.forEach(PressureSource::close);
        assertEquals(0, disk.openCount());
        assertEquals(List.of(), logger.lines);
    }

    private static void write(Path tree, String path, String text) throws IOException {
        final var file = tree.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private List<PressureSource> detect() {
        return PressureSources.detect(files, () -> now += CgroupSource.UNLIMITED_NANOS, "/", logger);
    }

    private static PressureSource only(List<PressureSource> sources, String name) {
        assertEquals(List.of(name), sources.stream().map(PressureSource::name).toList());
        return sources.getFirst();
    }
}
