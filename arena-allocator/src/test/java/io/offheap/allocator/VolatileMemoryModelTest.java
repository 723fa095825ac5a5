package io.offheap.allocator;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.VolatileMemory;
import io.offheap.memory.os.Errno;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.OsException;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Volatile blocks against an obvious model, with purges, refused purges and limits in between; by one thread.
class VolatileMemoryModelTest {

    private static final long PAGE = FakeMemory.PAGE_SIZE;
    private static final int STEPS = 3_000;
    private static final int MOST_BLOCKS = 12;
    private static final long HARD_LIMIT = 2L << 20;

    /// What a block must be.
    private static final class Model {
        final VolatileMemory block;
        final List<VolatileMemory.Pin> pins = new ArrayList<>();
        long value;                 // in each page
        boolean isNew = true;
        boolean isLost;             // told or to be told, and not made good
        boolean isGone;             // has no memory
        boolean isRebuilding;

        Model(VolatileMemory block) {
            this.block = block;
        }

        boolean isPinned() {
            return !pins.isEmpty();
        }
    }

    private final List<Model> blocks = new ArrayList<>();
    private final List<Long> ballast = new ArrayList<>();
    private boolean refuses;
    private SplittableRandom random;
    private OffHeapAllocator allocator;
    private long nextValue = 1;
    private int losses;
    private int shortages;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void blocksAreWhatTheModelSays(long seed) {
        random = new SplittableRandom(seed);
        try (var fake = new FakeMemory()) {
            final var os = new DelegatingMemory(fake) {
                @Override
                public boolean advisesInBatches() {
                    return false;
                }

                @Override
                public void advise(long address, long size, Advice advice) {
                    if (refuses && advice == Advice.DONTNEED) {
                        throw Errno.EINVAL.of("madvise", "refused by the test");
                    }
                    super.advise(address, size, advice);
                }
            };
            allocator = new OffHeapAllocator(OffHeapAllocator.builder().hardLimit(HARD_LIMIT).shards(1)
                    .decay(Duration.ofNanos(-1)).pressure().options(), os, new FakeTicker(1), false);
            for (int step = 0; step < STEPS; step++) {
                step(step, seed);
            }
            blocks.forEach(model -> model.pins.forEach(VolatileMemory.Pin::close));
            allocator.close();
        }
        assertTrue(losses > STEPS / 100 && shortages > 0, () -> losses + " losses, " + shortages + " shortages");
    }

    private void step(int step, long seed) {
        try {
            switch (random.nextInt(16)) {
                case 0 -> allocate();
                case 1, 2, 3, 4 -> pin();
                case 5, 6, 7, 8, 9, 10 -> unpin();
                case 11 -> rebuilt();
                case 12, 13 -> purge();
                case 14 -> ballast();
                default -> close();
            }
            allocator.checkInvariants();
            checkBytes();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ", step " + step, e);
        }
    }

    private Model any() {
        return blocks.get(random.nextInt(blocks.size()));
    }

    private void allocate() {
        if (blocks.size() < MOST_BLOCKS) {
            final long size = (1 + random.nextInt(24)) * PAGE;
            whenShort(() -> blocks.add(new Model(allocator.allocateVolatile(size))));
        }
    }

    /// Growth may purge everything that is not pinned, and does if it fails.
    private void whenShort(Runnable growth) {
        final long before = allocator.stats().bytesPurged();
        boolean done = false;
        try {
            growth.run();
            done = true;
        } catch (OutOfMemoryError e) {
            shortages++;
        }
        if (allocator.stats().bytesPurged() != before || !done) {
            allocator.purge();
            assertEquals(0, allocator.stats().volatileBytes());
            forgetUnpinned();
        }
    }

    private void forgetUnpinned() {
        for (final var model : blocks) {
            if (!model.isPinned()) {
                model.isGone = true;
                model.isLost |= !model.isNew;
            }
        }
    }

    private void pin() {
        if (blocks.isEmpty()) {
            return;
        }
        final var model = any();
        final boolean grows = !model.isPinned() && model.isGone;
        if (!grows) {
            pinned(model, random.nextBoolean() ? model.block.pin() : model.block.pinConfined());
            return;
        }
        whenShort(() -> pinned(model, model.block.pin()));
    }

    private void pinned(Model model, VolatileMemory.Pin pin) {
        if (!model.isPinned()) {
            model.isRebuilding = model.isLost;
            model.isGone = false;
        }
        model.pins.add(pin);
        assertEquals(model.isRebuilding ? Contents.PURGED : Contents.INTACT, pin.contents());
        losses += model.isRebuilding ? 1 : 0;
        model.isNew = false;
        final var segment = pin.segment();
        if (!model.isRebuilding) {
            for (long at = 0; at < segment.byteSize(); at += PAGE) {
                assertEquals(model.value, segment.get(JAVA_LONG, at));
            }
        }
        if (random.nextBoolean()) {
            write(model, pin);
        }
    }

    private void write(Model model, VolatileMemory.Pin pin) {
        model.value = nextValue++;
        for (long at = 0; at < pin.segment().byteSize(); at += PAGE) {
            pin.segment().set(JAVA_LONG, at, model.value);
        }
    }

    private void withPinned(Predicate<Model> which, Consumer<Model> action) {
        final var found = blocks.stream().filter(Model::isPinned).filter(which).toList();
        if (!found.isEmpty()) {
            action.accept(found.get(random.nextInt(found.size())));
        }
    }

    private void unpin() {
        withPinned(_ -> true, model -> {
            final var pin = model.pins.remove(random.nextInt(model.pins.size()));
            pin.close();
            assertThrows(IllegalStateException.class, () -> pin.segment().get(JAVA_LONG, 0));
            model.isRebuilding &= model.isPinned();
        });
    }

    private void rebuilt() {
        withPinned(model -> model.isRebuilding, model -> {
            final var pin = model.pins.get(random.nextInt(model.pins.size()));
            write(model, pin);
            pin.rebuilt();
            model.isRebuilding = false;
            model.isLost = false;
        });
    }

    private void purge() {
        final long expected = allocator.stats().volatileBytes();
        if (random.nextInt(4) > 0) {
            final long given = allocator.purge();           // with what the cache has let go of
            assertTrue(given >= expected, () -> given + " bytes of " + expected);
            assertEquals(0, allocator.stats().volatileBytes());
            forgetUnpinned();
            return;
        }
        refuses = true;
        if (expected > 0) {
            assertThrows(OsException.class, allocator::purge);
        }
        refuses = false;
        allocator.checkInvariants();
        allocator.purge();              // which were tried is not said: take them all
        forgetUnpinned();
    }

    private void ballast() {
        if (!ballast.isEmpty() && random.nextInt(3) == 0) {
            allocator.freeAddress(ballast.remove(random.nextInt(ballast.size())));
        } else {
            whenShort(() -> ballast.add(allocator.allocateAddress((1 + random.nextInt(150)) * PAGE)));
        }
    }

    private void close() {
        if (blocks.isEmpty()) {
            return;
        }
        final var model = any();
        if (!model.isPinned() && random.nextInt(3) > 0) {
            return;                                     // so that some live long
        }
        if (model.isPinned()) {
            assertThrows(IllegalStateException.class, model.block::close);
        } else {
            model.block.close();
            blocks.remove(model);
            assertThrows(IllegalStateException.class, model.block::pin);
        }
    }

    /// Bytes of blocks by what has become of them are bounded by the statistics, which are exact with the free runs.
    private void checkBytes() {
        final var stats = allocator.stats();
        long gone = 0;
        long waiting = 0;
        long pinned = 0;
        for (final var model : blocks) {
            final long size = model.block.byteSize();
            if (model.isPinned()) {
                pinned += size;
            } else if (model.isGone) {
                gone += size;
            } else {
                waiting += size;
            }
        }
        assertTrue(gone <= stats.purgedBytes() && waiting <= stats.volatileBytes()
                && pinned <= stats.largeBytes(), stats::page);
    }
}
