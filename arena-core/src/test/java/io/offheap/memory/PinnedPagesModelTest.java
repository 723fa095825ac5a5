package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.MemoryAccessException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever is done to spaces and objects while pages are pinned, a raw segment and its space show the same bytes, and both show
/// what was last stored through either of them, until the pin is closed.
class PinnedPagesModelTest {

    private static final int PAGES = 12;
    private static final int FILE_PAGES = 6;
    private static final int MOST_SPACES = 4;
    private static final int MOST_PINS = 4;
    private static final int STEPS = 6_000;

    /// @param first page of the range
    private record Pinned(AddressSpace space, AddressSpace.Pin pin, int first, List<MemorySegment> pages) {}

    private final MemoryDomain domain = MemoryDomain.builder().pressure().capacity(4 << 20).build();
    private final long page = domain.pageSize();
    private final SharedObject object = domain.newSharedObject("F", FILE_PAGES * page);
    private final List<AddressSpace> spaces = new ArrayList<>();
    private final List<Pinned> pins = new ArrayList<>();
    private final List<String> last = new ArrayList<>();
    private Random random;
    private long next;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void segmentAndSpaceShowTheSame(long seed) {
        random = new Random(seed);
        spaces.add(domain.newSpace("s0", seed % 2 == 0 ? "N1" : null));
        try {
            for (int i = 1; i <= STEPS; i++) {
                step(i, seed);
                domain.checkInvariants();
                pins.forEach(this::compare);
            }
        } catch (Throwable t) {
            throw new AssertionError("seed " + seed + ", after " + last.subList(Math.max(0, last.size() - 30), last.size()), t);
        }
        pins.forEach(pinned -> pinned.pin.close());
        domain.close();
    }

    private void compare(Pinned pinned) {
        for (int i = 0; i < pinned.pages.size(); i++) {
            assertEquals(pinned.pages.get(i).get(ValueLayout.JAVA_LONG, 0), pinned.space.getLong((pinned.first + i) * page),
                    pinned.space.name() + " page " + (pinned.first + i));
        }
    }

    private void step(int number, long seed) {
        final var space = spaces.get(random.nextInt(spaces.size()));
        final int at = random.nextInt(PAGES);
        final int count = 1 + random.nextInt(Math.min(4, PAGES - at));
        final int kind = random.nextInt(32);
        last.add(kind + " " + space.name() + " " + at + " " + count);
        try {
            switch (kind) {
                case 0 -> space.map(at * page, count * page);
                case 1, 2 -> space.map(at * page, count * page, object, random.nextInt(FILE_PAGES) * page, true);
                case 3 -> space.map(at * page, count * page, object, random.nextInt(FILE_PAGES) * page, false);
                case 4 -> space.unmap(at * page, count * page);
                case 5 -> space.remap(at * page, count * page, random.nextInt(PAGES) * page);
                case 6 -> space.remapKeepingSource(at * page, count * page, random.nextInt(PAGES) * page);
                case 7 -> fork(space, number);
                case 8 -> close(space, number, seed);
                case 9, 10 -> space.markVolatile(at * page, count * page);
                case 11 -> space.unmarkVolatile(at * page, count * page);
                case 12 -> space.freeLazily(at * page, count * page);
                case 13 -> space.drop(at * page, count * page);
                case 14, 15 -> domain.purge(Long.MAX_VALUE);
                case 16 -> object.markVolatile(0, object.size());
                case 17 -> object.unmarkVolatile(0, object.size());
                case 18 -> object.punch(0, object.size());
                case 19 -> object.truncate(random.nextInt(FILE_PAGES + 1) * page);
                case 20 -> object.zap(random.nextInt(FILE_PAGES) * page, page, random.nextBoolean());
                case 21, 22, 23, 24 -> store(space, at);
                case 25, 26, 27 -> pin(space, at, count);
                case 28, 29 -> storeThroughSegment();
                default -> unpin();
            }
        } catch (IllegalStateException | IllegalArgumentException | MemoryAccessException refused) {
            last.add("refused");
        }
    }

    private void fork(AddressSpace space, int number) {
        if (spaces.size() < MOST_SPACES) {
            spaces.add(space.fork("s" + number));
        }
    }

    private void close(AddressSpace space, int number, long seed) {
        space.close();
        spaces.remove(space);
        if (spaces.isEmpty()) {
            spaces.add(domain.newSpace("s" + number, seed % 2 == 0 ? "N" + number % 2 : null));
        }
    }

    private void store(AddressSpace space, int at) {
        space.putLong(at * page, ++next);
        assertEquals(next, space.getLong(at * page));
    }

    private void pin(AddressSpace space, int at, int count) {
        if (pins.size() < MOST_PINS) {
            final var pin = space.pin(at * page, count * page);
            final List<MemorySegment> pages = new ArrayList<>();
            for (final var segment : pin.segments()) {
                for (long offset = 0; offset < segment.byteSize(); offset += page) {
                    pages.add(segment.asSlice(offset, page));
                }
            }
            pins.add(new Pinned(space, pin, at, pages));
        }
    }

    /// What is stored through the segment of a page of the object is there for its readers.
    private void storeThroughSegment() {
        if (!pins.isEmpty()) {
            final var pinned = pins.get(random.nextInt(pins.size()));
            final int i = random.nextInt(pinned.pages.size());
            pinned.pages.get(i).set(ValueLayout.JAVA_LONG, 0, ++next);
            for (final var space : spaces) {
                for (final var place : placesOf(pinned.space, pinned.first + i)) {
                    if (place.startsWith(space.name() + ":")) {
                        final long seen = Long.parseLong(place.substring(place.indexOf(':') + 1));
                        assertEquals(next, readable(space, seen), place);
                    }
                }
            }
        }
    }

    private List<String> placesOf(AddressSpace space, int at) {
        return space.whoUses(at * page);
    }

    private long readable(AddressSpace space, long at) {
        try {
            return space.getLong(at * page);
        } catch (BusErrorException lost) {
            throw new AssertionError("a pinned page was lost in " + space.name(), lost);
        }
    }

    private void unpin() {
        if (!pins.isEmpty()) {
            pins.remove(random.nextInt(pins.size())).pin.close();
        }
    }
}
