package io.offheap.memory.table;

import static io.offheap.memory.table.Lines.NOWHERE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.offheap.memory.frame.Frames;
import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.AnonymousObject;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.Race;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PageTableTest {

    private static final long SEED = 3;
    private static final int STEPS = 5_000;
    private static final int REPLACED = 2_000_000;
    /// Pages in several leaves and directories, at their edges.
    private static final long[] PAGES = {0, 1, 511, 512, 513, 1 << 18, (1 << 18) - 1, PageTable.PAGES - 1};

    private final FakeMemory os = new FakeMemory();
    private final Frames frames = new Frames(os, 1000, new RetiredRanges(os));
    private final AnonymousObject object = new AnonymousObject();

    @AfterEach
    void close() {
        frames.close();
        os.close();
    }

    @Test
    void forkTakesWriteAccessFromBoth() {
        final var parent = new PageTable(frames);
        parent.set(5, entry());
        assertNotEquals(0, parent.writable(5));
        final var child = parent.fork();
        assertEquals(0, parent.writable(5));
        assertEquals(0, child.writable(5));
        assertEquals(parent.get(5), child.get(5));
    }

    @Test
    void leafThatIsTakenOverIsNotWritableUntilEachPageWasAskedFor() {
        final var parent = new PageTable(frames);
        parent.set(5, entry());
        parent.set(6, entry());
        final var child = parent.fork();
        child.release();
        parent.setAccess(5, PageEntry.READ | PageEntry.WRITE);
        assertNotEquals(0, parent.writable(5));
        assertEquals(0, parent.writable(6));
    }

    /// Pages in order are reached without their entries, from the first one to the first that is missing or elsewhere.
    @Test
    void lineReachesToTheFirstPageThatIsMissing() {
        final var table = new PageTable(frames);
        for (int page = 0; page < 512; page++) {
            assertEquals(NOWHERE, inLine(table, page * os.pageSize()), "not before it is there");
            table.set(page, entry());
            if (page % 64 == 0) {
                table.checkLines();
            }
        }
        final long start = PageEntry.address(table.get(0));
        assertEquals(start + 8, inLine(table, 8));
        assertEquals(NOWHERE, inLine(table, 9), "misaligned");
        assertEquals(NOWHERE, inLine(table, -8));
        assertEquals(NOWHERE, inLine(table, 1L << 53), "the number of its leaf is 2^32");
        assertEquals(NOWHERE, inLine(table, 512 * os.pageSize()));
        assertEquals(start + 511 * os.pageSize(), toWrite(table, 511 * os.pageSize()));
        table.setAccess(7, PageEntry.READ);
        assertEquals(start + 511 * os.pageSize(), inLine(table, 511 * os.pageSize()));
        assertEquals(start + 6 * os.pageSize(), toWrite(table, 6 * os.pageSize()));
        assertEquals(NOWHERE, toWrite(table, 7 * os.pageSize()));
        table.replace(3, entry());
        assertEquals(start + 2 * os.pageSize(), inLine(table, 2 * os.pageSize()));
        assertEquals(NOWHERE, inLine(table, 3 * os.pageSize()), "elsewhere");
        table.replace(0, entry());
        assertEquals(PageEntry.address(table.get(0)), inLine(table, 0));
        assertEquals(NOWHERE, inLine(table, os.pageSize()), "after another first page");
        table.checkLines();
        table.release();
    }

    /// Who goes by the new entry of a page, without the lock, is not led to where the page was by a line afterwards: a writer would
    /// not find what it has just written.
    @Test
    void lineNeverLeadsToAnOlderPlaceThanTheEntry() {
        final var table = new PageTable(frames);
        final long last = REPLACED * os.pageSize();
        table.set(0, PageEntry.of(os.pageSize(), PageEntry.FILE | PageEntry.READ | PageEntry.WRITE));
        try (var race = new Race()) {
            race.run(() -> {
                for (long place = os.pageSize(); place <= last; place += os.pageSize()) {
                    table.replace(0, PageEntry.of(place, PageEntry.FILE | PageEntry.READ | PageEntry.WRITE));
                }
            }, () -> {
                for (long place = 0; place < last; ) {
                    place = table.addressToWrite(0, Long.numberOfTrailingZeros(os.pageSize()), 0);
                    final long line = inLine(table, 0);
                    if (line != NOWHERE && line < place) {
                        throw new AssertionError("at 0x%x, and by a line at 0x%x".formatted(place, line));
                    }
                }
            });
        }
    }

    /// Both sides of a fork read by lines, and write by none until the leaf is theirs.
    @Test
    void forkSharesLinesToReadUntilOneSideChangesTheLeaf() {
        final var table = new PageTable(frames);
        for (int page = 0; page < 520; page++) {
            table.set(page, entry());
        }
        final long start = PageEntry.address(table.get(0));
        final var child = table.fork();
        assertEquals(start, inLine(table, 0));
        assertEquals(start, inLine(child, 0));
        assertEquals(NOWHERE, toWrite(table, 0));
        assertEquals(NOWHERE, toWrite(child, 0));
        child.clear(100, 101);
        assertEquals(NOWHERE, inLine(child, 100 * os.pageSize()));
        assertEquals(start + 100 * os.pageSize(), inLine(table, 100 * os.pageSize()), "the child's loss is its own");
        table.clearShared(512);
        child.noteShared(512);
        assertEquals(NOWHERE, inLine(table, 512 * os.pageSize()));
        assertEquals(NOWHERE, inLine(child, 512 * os.pageSize()), "a leaf that both have is empty for both");
        table.checkLines();
        child.checkLines();
        table.release();
        assertEquals(NOWHERE, inLine(table, 0));
        assertEquals(start, inLine(child, 0));
        child.checkLines();
        child.release();
    }

    private int shift() {
        return Long.numberOfTrailingZeros(os.pageSize());
    }

    private long inLine(PageTable table, long address) {
        return table.readableLines().find(address, shift(), 3);
    }

    private long toWrite(PageTable table, long address) {
        return table.writableLines().find(address, shift(), 3);
    }

    @Test
    void pageBeyondTheTableHasNoEntry() {
        final var table = new PageTable(frames);
        assertEquals(0, table.get(PageTable.PAGES));
        assertEquals(0, table.get(-1));
        assertEquals(0, table.writable(Long.MIN_VALUE));
    }

    @Test
    void randomTablesAreIndependentMapsThatCountTheirFrames() {
        final var random = new Random(SEED);
        final List<PageTable> tables = new ArrayList<>(List.of(new PageTable(frames)));
        final List<TreeMap<Long, Long>> expected = new ArrayList<>(List.of(new TreeMap<>()));
        for (int step = 0; step < STEPS; step++) {
            final int which = random.nextInt(tables.size());
            final var table = tables.get(which);
            final var model = expected.get(which);
            final long page = PAGES[random.nextInt(PAGES.length)];
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    final long entry = entry();
                    table.replace(page, entry);
                    model.put(page, entry);
                }
                case 3 -> {
                    final long end = Math.min(PageTable.PAGES, page + (1L << random.nextInt(20)));
                    table.clear(page, end);
                    model.subMap(page, end).clear();
                }
                case 4 -> {
                    if (tables.size() < 4) {
                        tables.add(table.fork());
                        expected.add(new TreeMap<>(model));
                    }
                }
                case 5 -> {
                    if (tables.size() > 1) {
                        table.release();
                        tables.remove(which);
                        expected.remove(which);
                    }
                }
                case 6 -> {
                    final long entry = table.take(page);
                    assertEquals(model.getOrDefault(page, 0L), entry & ~PageEntry.WRITE | (entry == 0 ? 0 : PageEntry.WRITE));
                    if (entry != 0) {
                        model.remove(page);
                        frames.release(frames.frameAt(PageEntry.address(entry)));
                    }
                }
                default -> table.own(page);
            }
            frames.recycle();
            final var check = PageTable.check();
            tables.forEach(check::add);
            check.check(tables.getFirst());
            frames.checkInvariants();
            for (int i = 0; i < tables.size(); i++) {
                final var seen = new TreeMap<Long, Long>();
                tables.get(i).forEach(0, PageTable.PAGES, (at, entry) -> seen.put(at, entry | PageEntry.WRITE));
                assertEquals(expected.get(i), seen, "seed " + SEED + ", step " + step + ", table " + i);
            }
        }
    }

    private long entry() {
        return PageEntry.of(frames.address(frames.allocate(object, 0, false)), PageEntry.READ | PageEntry.WRITE);
    }
}
