package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.Platform;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the kernel says of the memory of an allocator: `dd` among the flags of a mapping means not to be dumped (proc(5)).
class CoreDumpsTest {

    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) .*");
    private static final long LARGE = 3L << 20;

    private static boolean isDumped(long address) throws IOException {
        boolean mine = false;
        for (final var line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            final var mapping = MAPPING.matcher(line);
            if (mapping.matches()) {
                mine = Long.parseUnsignedLong(mapping.group(1), 16) <= address
                        && address < Long.parseUnsignedLong(mapping.group(2), 16);
            } else if (mine && line.startsWith("VmFlags:")) {
                return !Arrays.asList(line.split("\\s+")).contains("dd");
            }
        }
        throw new AssertionError("not mapped: 0x%x".formatted(address));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void memoryOfAllKindsIsInCoreDumpsUnlessItIsNotToBe(boolean wanted) throws IOException {
        try (var allocator = OffHeapAllocator.builder().coreDumps(wanted).pressure().build()) {
            for (final long size : new long[] {100, 100_000, LARGE}) {
                final var block = allocator.allocate(size, 1);
                assertEquals(wanted, isDumped(block.address()), "block of " + size);
                block.fill((byte) 1);
                allocator.free(block);
                allocator.purge();
                assertEquals(wanted, isDumped(block.address()), "purged block of " + size);
            }
            try (var arena = allocator.ofShared()) {
                assertEquals(wanted, isDumped(arena.allocate(1000).address()));
            }
        }
    }

    @Test
    void kernelThatRefusesDumpsAllTheSame() throws IOException {
        final var os = new DelegatingMemory(Platform.memory()) {
            private int refused;

            @Override
            public void advise(long address, long size, Advice advice) {
                if (advice == Advice.DONTDUMP) {
                    refused++;
                    throw Errno.EINVAL.of("madvise", "DONTDUMP");
                }
                super.advise(address, size, advice);
            }
        };
        final var options = OffHeapAllocator.builder().coreDumps(false).pressure().options();
        try (var allocator = new OffHeapAllocator(options, os, Ticker.SYSTEM, false)) {
            assertTrue(isDumped(allocator.allocate(100, 1).address()));
            allocator.checkInvariants();
        }
        assertEquals(1, os.refused);
    }
}
