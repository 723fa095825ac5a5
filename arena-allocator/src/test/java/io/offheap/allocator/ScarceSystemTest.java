package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Programs that the operating system gives little: what they call works with less, or throws and loses nothing.
class ScarceSystemTest {

    private static final long MIB = 1L << 20;

    @TempDir
    Path directory;

    @Test
    void domainsAndAllocatorsShareTheAddressesThatAProcessMayHave() throws Exception {
        final long limit = 3 << 10;
        final var lines = run("-v " + limit * 1024, "addresses");
        final long first = number(lines, "capacity ");
        final long second = number(lines, "other capacity ");
        assertTrue(first >= 256 * MIB && first < limit * MIB / 2, "capacity " + first);
        assertTrue(second >= 16 * MIB && second < first, "capacity " + second + " after " + first);
    }

    @Test
    void withoutDescriptorsWhatNeedsOneSaysSoAndAllElseWorks() throws Exception {
        final var lines = run("-n 256", "files");
        assertTrue(lines.contains("memfd_create(offheap-none) failed: EMFILE (24)"), lines.toString());
    }

    private List<String> run(String limit, String what) throws Exception {
        final var lines = new ChildJvm(directory).runLimited(limit, ScarceSystemProgram.class, what);
        lines.forEach(System.out::println);
        assertEquals("done", lines.getLast());
        return lines;
    }

    private static long number(List<String> lines, String name) {
        return lines.stream().filter(line -> line.startsWith(name)).mapToLong(line -> Long.parseLong(line.substring(name.length())))
                .findFirst().orElseThrow();
    }
}
