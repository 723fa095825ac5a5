package io.offheap.memory;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryAccessException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/// A program that changes a range of an address space with a Java heap that has room for no object, for one, for two and so on until the
/// operation is not refused any more: each time all is as it was, or as it should be. Run by [FullHeapSpacesTest].
///
/// While the heap is full nothing here allocates but the library.
final class FullHeapRangesProgram {

    private static final int PAGES = 64;
    private static final int FROM = 5;                                  // cuts what lies there
    private static final int COUNT = 53;
    private static final int TARGET = 1000;                             // another leaf
    private static final int OCCUPIED = 2000;                           // another one, where something is mapped
    private static final int ROOM = 60;                                 // arrays of 32 KiB: enough for all but the operation
    private static final int ENOUGH = 4;                                // times that it was not refused, one after another
    private static final int MOST = 1000;
    private static final int FEW = 24;
    private static final int STEP = 4;                                  // beyond few: 96 bytes, about what three allocations take

    private final MemoryDomain domain;
    private final long page;
    private final SharedObject file;
    private final Ballast large = new Ballast();
    private final Ballast small = new Ballast();
    private int refused;

    private record Operation(String name, Consumer<AddressSpace> change) {}

    private FullHeapRangesProgram(MemoryDomain domain) {
        this.domain = domain;
        this.page = domain.pageSize();
        this.file = domain.newSharedObject("f", PAGES * page);
        try (var space = domain.newSpace()) {
            space.map(0, PAGES * page, file, 0, true);
            space.bind(3 * page, 4 * page, "bind:0");
        }
    }

    public static void main(String[] arguments) {
        // no daemon: it would use the heap meanwhile
        final var options = MemoryDomain.builder().capacity(64L << 20).pressure().options();
        try (var domain = new MemoryDomain(options, Platform.memory(), null)) {
            final var program = new FullHeapRangesProgram(domain);
            program.operations().forEach(program::run);
        }
        System.out.println("done");
    }

    private List<Operation> operations() {
        final long at = FROM * page;
        final long size = COUNT * page;
        return List.of(
                new Operation("remap", space -> space.remap(at, size, TARGET * page)),
                new Operation("remap over others", space -> space.remap(at, size, OCCUPIED * page)),
                new Operation("remapKeepingSource over others", space -> space.remapKeepingSource(at, size, OCCUPIED * page)),
                new Operation("map over others", space -> space.map(at, size, file, 0, true)),
                new Operation("unmap", space -> space.unmap(at, size)),
                new Operation("drop", space -> space.drop(at, size)),
                new Operation("protect", space -> space.protectReadOnly(at, size)),
                new Operation("freeLazily", space -> space.freeLazily(36 * page, (PAGES - 36) * page)),
                new Operation("unmarkVolatile", space -> space.unmarkVolatile(at, size)),
                new Operation("markVolatile", space -> space.markVolatile(at, size)),
                new Operation("wire", space -> space.wire(at, size)),
                new Operation("unwire", space -> space.unwire(at, size)));
    }

    private void run(Operation operation) {
        final var before = state(_ -> {});
        final var after = state(operation.change);
        if (after.equals(before)) {
            throw new AssertionError(operation.name + " does nothing that shows");
        }
        for (int i = 0; i < 3; i++) {                                   // loads every class
            state(operation.change);
        }
        large.fillEvenly(1 << 12);
        large.drop(ROOM);
        int passed = 0;
        int mostRefused = -1;
        for (int objects = 0; passed < ENOUGH && objects < MOST; objects += objects < FEW ? 1 : STEP) {
            final int refusedSoFar = refused;
            final int room = objects;
            final var found = state(space -> {
                small.fillEvenly(64);
                small.drop(2);
                small.fillEvenly(1);
                small.drop(room);
                try {
                    operation.change.accept(space);
                } catch (OutOfMemoryError _) {
                    refused++;
                }
                small.drop(Integer.MAX_VALUE);
            });
            final boolean isRefused = refused > refusedSoFar;
            if (!found.equals(isRefused ? before : after)) {
                throw new AssertionError("%s %s, with room for %d objects:%n%s%ninstead of%n%s".formatted(
                        operation.name, isRefused ? "refused" : "done", objects, found, isRefused ? before : after));
            }
            passed = isRefused ? 0 : passed + 1;
            mostRefused = isRefused ? objects : mostRefused;
        }
        large.drop(Integer.MAX_VALUE);
        System.out.println(operation.name + ": " + refused + " refused, the last with room for " + mostRefused + " objects");
        if (refused == 0 || passed < ENOUGH) {
            throw new AssertionError(operation.name + ": " + refused + " refused, then " + passed + " done");
        }
        refused = 0;
    }

    /// {@return what is true of a space of many mappings and marks, after a change}
    private String state(Consumer<AddressSpace> change) {
        try (var space = domain.newSpace("s")) {
            prepare(space);
            try (var _ = space.fork("child")) {                         // nodes of the table are shared
                change.accept(space);
                domain.checkInvariants();
                return describe(space);
            }
        }
    }

    private void prepare(AddressSpace space) {
        prepareOccupied(space);
        space.map(0, PAGES * page);
        space.map(20 * page, 10 * page, file, 0, true);
        space.map(30 * page, 6 * page, file, 10 * page, false);
        for (int i = 0; i < PAGES; i++) {
            if (i % 9 != 8 && (i < 20 || i >= 30)) {
                space.putLong(i * page, i);
            }
        }
        space.protectReadOnly(8 * page, 2 * page);
        space.markVolatilePartially(2 * page, 5 * page);
        space.markVolatile(40 * page, 3 * page);
        space.markVolatile(56 * page, 4 * page);
        domain.purge(domain.capacity());
        space.markVolatile(12 * page, 4 * page);
        space.markVolatile(44 * page, 4 * page);
        space.wire(3 * page, 4 * page);
        space.wire(45 * page, 2 * page);
        space.freeLazily(50 * page, 2 * page);
        space.bind(4 * page, 4 * page, "bind:0");
    }

    private void prepareOccupied(AddressSpace space) {
        final long start = (OCCUPIED - 3) * page;
        space.map(start, PAGES * page);
        space.map(start + 20 * page, 10 * page, file, 3 * page, false);
        for (int i = 0; i < PAGES; i += 2) {
            space.putLong(start + i * page, 100 + i);
        }
        space.markVolatile(start + page, 8 * page);
        domain.purge(domain.capacity());
        space.markVolatile(start + 12 * page, 4 * page);
        space.wire(start + 2 * page, 5 * page);
        space.freeLazily(start + 40 * page, 10 * page);
        space.bind(start + 52 * page, 8 * page, "bind:0");
    }

    private String describe(AddressSpace space) {
        final var text = new StringBuilder();
        text.append(space.mappings()).append(", lazily freed: ").append(domain.stats().lazilyFreedBytes()).append('\n');
        eachPage(address -> text.append(describe(space, address)).append(' '));
        domain.purge(domain.capacity());                                // what is wired stays
        text.append('\n');
        eachPage(address -> text.append(read(space, address)).append(' '));
        return text.toString();
    }

    private void eachPage(LongConsumer action) {
        LongStream.of(0, TARGET, OCCUPIED - 3).flatMap(from -> LongStream.range(from, from + PAGES)).forEach(i -> action.accept(i * page));
    }

    private String describe(AddressSpace space, long address) {
        try {
            return space.status(address, page) + "" + space.purgedRanges(address, page).size() + space.policies(address, page);
        } catch (RuntimeException e) {
            return e.getClass().getSimpleName();
        }
    }

    private static String read(AddressSpace space, long address) {
        try {
            return "" + space.getLong(address);
        } catch (MemoryAccessException e) {
            return e.getClass().getSimpleName();
        }
    }
}
