package io.offheap.allocator;

import io.offheap.memory.MemoryBudget;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.OsException;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/// A program over the public surfaces, which says what it found, or how it was refused. Run by the tests in JVMs that allow or have
/// less than others.
final class PlainProgram {

    private static final long MIB = 1L << 20;

    private PlainProgram() {}

    @FunctionalInterface
    private interface Step {
        Object result();
    }

    public static void main(String[] arguments) {
        run();
    }

    static void run() {
        if (!say("created", PlainProgram::createAndClose)) {
            say("created again", PlainProgram::createAndClose);
            say("shared", OffHeapAllocator::shared);
            return;
        }
        say("blocks", PlainProgram::blocks);
        say("volatile", PlainProgram::volatileBlock);
        say("buffers", PlainProgram::buffers);
        say("domain", PlainProgram::domain);
        say("budget", PlainProgram::budget);
    }

    /// {@return whether it was not refused}
    private static boolean say(String what, Step step) {
        try {
            System.out.println(what + ": " + step.result());
            return true;
        } catch (RuntimeException | LinkageError e) {
            System.out.println(what + ": " + e);
            return false;
        }
    }

    private static String createAndClose() {
        OffHeapAllocator.create().close();
        return "well";
    }

    /// What is refused counts as nothing.
    private static long purge(OffHeapAllocator allocator) {
        try {
            return allocator.purge();
        } catch (OsException _) {
            return 0;
        }
    }

    /// An allocator that cannot give its memory back says so at its end, and has ended all the same.
    private static final class Ended implements AutoCloseable {
        private final OffHeapAllocator allocator = OffHeapAllocator.builder().decay(Duration.ofNanos(-1))
                .managementBeans(false).hardLimit(64 * MIB).build();

        @Override
        public void close() {
            try {
                allocator.close();
            } catch (OsException _) {
                allocator.close();
            }
        }
    }

    private static String blocks() {
        try (var ended = new Ended()) {
            final var allocator = ended.allocator;
            for (long size = 16; size <= 8 * MIB; size *= 2) {
                use(allocator, size);
            }
            final long purged = purge(allocator);
            final var stats = allocator.stats();
            for (long size = 8 * MIB; size >= 16; size /= 2) {
                use(allocator, size);
            }
            allocator.checkInvariants();
            return "zero, purged " + (purged >= 8 * MIB) + ", counted " + (purged == stats.bytesPurged())
                    + ", volatile " + (stats.volatileBytes() > 0);
        }
    }

    /// Allocates a block, which must be zero, writes all of it and frees it.
    private static void use(OffHeapAllocator allocator, long size) {
        final var block = allocator.allocate(size, 16);
        for (long at = 0; at < size; at += Long.BYTES) {
            if (block.get(ValueLayout.JAVA_LONG, at) != 0) {
                throw new IllegalStateException("block of " + size + " is not zero at " + at);
            }
        }
        block.fill((byte) 1);
        allocator.free(block);
    }

    private static Contents volatileBlock() {
        try (var ended = new Ended(); var block = ended.allocator.allocateVolatile(MIB)) {
            try (var pin = block.pin()) {
                pin.segment().fill((byte) 1);
                pin.rebuilt();
            }
            purge(ended.allocator);
            try (var pin = block.pin()) {
                return pin.contents();
            }
        }
    }

    private static String buffers() {
        try (var ended = new Ended()) {
            final var allocator = ended.allocator;
            final var buffer = allocator.allocateDirect(1000).putLong(992, 7);
            try (var arena = allocator.ofShared()) {
                return buffer.getLong(992) + arena.allocateFrom("text").getString(0);
            }
        }
    }

    private static String domain() {
        try (var domain = MemoryDomain.create(); var space = domain.newSpace()) {
            return space.getClass().getSimpleName();
        }
    }

    private static String budget() {
        try (var budget = MemoryBudget.of(MIB)) {
            return budget.name();
        }
    }
}
