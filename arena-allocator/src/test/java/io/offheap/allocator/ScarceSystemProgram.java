package io.offheap.allocator;

import io.offheap.memory.MemoryDomain;
import io.offheap.memory.types.OsException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;

/// A program that is given less of one kind than it may want, and works all the same. Run by [ScarceSystemTest].
final class ScarceSystemProgram {

    private static final long MIB = 1L << 20;
    private static final long USED = 48 * MIB;
    private static final int MOST_FILES = 10_000;

    private ScarceSystemProgram() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "addresses" -> fewAddresses();
            case "files" -> noFiles();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        System.out.println("done");
    }

    /// A domain, an allocator and another domain get their share each, and leave some to the JVM.
    private static void fewAddresses() throws InterruptedException {
        try (var domain = MemoryDomain.create(); var allocator = OffHeapAllocator.create(); var other = MemoryDomain.create()) {
            System.out.println("capacity " + domain.capacity());
            System.out.println("other capacity " + other.capacity());
            use(domain);
            use(other);
            use(allocator);
            final var thread = new Thread(() -> use(allocator));
            thread.start();
            thread.join();
        }
    }

    /// What needs no descriptor works without one, and what needs one says so; afterwards everything works.
    private static void noFiles() throws IOException {
        useAll();                                       // so that every class is loaded
        final var open = new ArrayList<FileChannel>();
        try {
            while (open.size() < MOST_FILES) {
                open.add(FileChannel.open(Path.of("/dev/null"), StandardOpenOption.READ));
            }
            throw new AssertionError("there are more than " + open.size() + " files");
        } catch (FileSystemException e) {
            System.out.println(open.size() + " files, then " + e.getReason());
        }
        try (var domain = MemoryDomain.create(); var allocator = OffHeapAllocator.create()) {
            use(domain);
            use(allocator);
            for (int i = 0; i < 3; i++) {
                try {
                    domain.newSharedObject("none", domain.pageSize());
                    throw new AssertionError("an object without a descriptor");
                } catch (OsException e) {
                    System.out.println(e.getMessage());
                }
            }
            expect(0, domain.stats().objects(), "objects");
        } finally {
            for (final var each : open) {
                each.close();
            }
        }
        useAll();
    }

    private static void useAll() {
        try (var domain = MemoryDomain.create(); var allocator = OffHeapAllocator.create()) {
            use(domain);
            use(allocator);
            domain.newSharedObject("some", domain.pageSize()).close();
            expect(0, domain.stats().objects(), "objects");
        }
    }

    private static void use(MemoryDomain domain) {
        final var space = domain.newSpace();
        space.map(0, USED);
        for (long at = 0; at < Math.min(USED, domain.capacity()); at += domain.pageSize()) {
            space.putLong(at, ~at);
        }
        for (long at = 0; at < Math.min(USED, domain.capacity()); at += domain.pageSize()) {
            expect(~at, space.getLong(at), "at " + at);
        }
        expect(domain.checkInvariants(), "checked");
    }

    private static void use(OffHeapAllocator allocator) {
        final var block = allocator.allocate(USED);
        block.fill((byte) 1);
        allocator.free(block);
        expect(allocator.checkInvariants(), "checked");
    }

    private static void expect(boolean isTrue, String what) {
        if (!isTrue) {
            throw new AssertionError("not " + what);
        }
    }

    private static void expect(long expected, long actual, String what) {
        if (expected != actual) {
            throw new AssertionError(actual + " " + what + ", not " + expected);
        }
    }
}
