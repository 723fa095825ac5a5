package io.offheap.memory;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryAccessException;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/// A program that works on address spaces while its Java heap has little room or none, and looks after each operation whether
/// every structure is whole. Run by [FullHeapSpacesTest].
///
/// While the heap is full nothing here allocates but the library.
final class FullHeapSpacesProgram {

    private static final long SEED = 0x5face;
    private static final int PAGES = 1200;                              // three leaves of a page table
    private static final int SPACES = 3;
    private static final int OPERATIONS = 18;
    private static final int MOST_ROOM = 10;                            // two to the power of less than this many small objects

    private final MemoryDomain domain;
    private final long page;
    private final Random random;
    private final AddressSpace[] spaces = new AddressSpace[SPACES];
    private final SharedObject file;
    private final MemorySegment bulk;
    private final Ballast ballast = new Ballast();
    private int refused;

    private FullHeapSpacesProgram(MemoryDomain domain, long seed) {
        this.domain = domain;
        this.page = domain.pageSize();
        this.random = new Random(seed);
        this.file = domain.newSharedObject("f", PAGES * page);
        this.bulk = MemorySegment.ofArray(new byte[(int) (70 * page)]);
        for (int i = 0; i < SPACES; i++) {
            spaces[i] = domain.newSpace();
            spaces[i].map(0, PAGES * page);
            spaces[i].map(2 * PAGES * page, PAGES * page, file, 0, i > 0);
        }
    }

    public static void main(String[] arguments) {
        final int rounds = Integer.parseInt(arguments[0]);
        final long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : SEED;
        // no daemon: it would use the heap meanwhile
        final var options = MemoryDomain.builder().capacity(64L << 20).pressure().options();
        try (var domain = new MemoryDomain(options, Platform.memory(), null)) {
            new FullHeapSpacesProgram(domain, seed).run(rounds);
        }
        System.out.println("done");
    }

    private void run(int rounds) {
        for (int i = 0; i < 10 * rounds; i++) {
            step(random.nextInt(OPERATIONS), random.nextInt(SPACES), place(), 1 + random.nextInt(70));   // loads every class
        }
        domain.checkInvariants();
        final int loaded = refused;
        ballast.fill(1 << 18);
        for (int round = 0; round < rounds; round++) {
            round();
        }
        ballast.drop(Integer.MAX_VALUE);
        System.out.println(refused - loaded + " refused");
        if (refused - loaded < rounds / 10) {
            throw new AssertionError("only " + (refused - loaded) + " operations were refused");
        }
    }

    private void round() {
        final int operation = random.nextInt(OPERATIONS);
        final int space = random.nextInt(SPACES);
        final int at = place();
        final int count = 1 + random.nextInt(70);
        ballast.fill(64);
        ballast.drop((1 << random.nextInt(MOST_ROOM)) - 1);
        step(operation, space, at, count);
        ballast.drop(40_000);
        try {
            domain.checkInvariants();
        } catch (OutOfMemoryError _) {
            ballast.drop(Integer.MAX_VALUE);
            domain.checkInvariants();
            ballast.fill(1 << 18);
            ballast.drop(40_000);
        } catch (AssertionError e) {
            throw new AssertionError("after operation %d on space %d at page %d, %d pages".formatted(operation, space, at, count), e);
        }
    }

    private int place() {
        return random.nextInt(2) * 2 * PAGES + random.nextInt(PAGES - 70);
    }

    private void step(int operation, int index, int at, int count) {
        try {
            perform(operation, index, at * page, count * page);
        } catch (OutOfMemoryError _) {
            refused++;
        } catch (MemoryAccessException | IllegalArgumentException _) {
            return;                                                     // purged, unmapped or a file
        }
    }

    private void perform(int operation, int index, long address, long size) {
        final var space = spaces[index];
        switch (operation) {
            case 0, 1, 2 -> {
                for (long at = address; at < address + size; at += page) {
                    space.putLong(at, at);
                }
            }
            case 3 -> space.write(address, bulk.asSlice(0, size));
            case 4 -> space.read(address, bulk.asSlice(0, size));
            case 5 -> fork(index);
            case 6 -> space.markVolatile(address, size);
            case 7 -> space.markVolatilePartially(address, size);
            case 8 -> space.unmarkVolatile(address, size);
            case 9 -> domain.purge(size);
            case 10 -> space.freeLazily(address, size);
            case 11 -> space.drop(address, size);
            case 12 -> {
                space.unmap(address, size);
                space.map(address, size);
            }
            case 13 -> space.remap(address, size, address ^ 4L * PAGES * page);
            case 14 -> {
                space.protectReadOnly(address, size);
                space.protectReadWrite(address, size);
            }
            case 15 -> {
                space.wire(address, size);
                space.unwire(address, size);
            }
            case 16 -> file.punch(address % (2 * PAGES * page), size);
            default -> file.markVolatile(address % (2 * PAGES * page), size);
        }
    }

    private void fork(int index) {
        final int other = (index + 1) % SPACES;
        final var child = spaces[index].fork("child");
        final var old = spaces[other];
        spaces[other] = child;
        old.close();
    }
}
