package io.offheap.allocator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/// One thread of a stress: allocates, writes cookies, resizes, frees, and passes blocks to other threads. Every block
/// is checked, to the last byte, whenever it changes hands, size or life.
final class CookieWorker {

    private final OffHeapAllocator allocator;
    private final Queue<CookieBlock> passed;
    private final AtomicLong cookies;
    private final String name;
    private final SplittableRandom random;
    private final int mostLive;
    private final long largest;
    private final List<CookieBlock> live = new ArrayList<>();
    private long steps;
    private long refused;

    /// @param passed   bounded; what does not fit is freed
    /// @param cookies  of all workers
    /// @param mostLive blocks that are held at a time
    /// @param largest  size in bytes, a power of two
    CookieWorker(OffHeapAllocator allocator, Queue<CookieBlock> passed, AtomicLong cookies, String name, long seed,
            int mostLive, long largest) {
        this.allocator = allocator;
        this.passed = passed;
        this.cookies = cookies;
        this.name = name + ", seed " + seed;
        this.random = new SplittableRandom(seed);
        this.mostLive = mostLive;
        this.largest = largest;
    }

    /// Works for as long as the number of the next step says.
    ///
    /// @return itself
    CookieWorker run(LongPredicate goesOn) {
        for (; goesOn.test(steps); steps++) {
            final var context = name + ", step " + steps;
            try {
                step(context);
            } catch (OutOfMemoryError e) {
                refused++;
                for (int left = live.size() / 2; left > 0; left--) {
                    freeAny(context);
                }
            }
        }
        return this;
    }

    /// {@return what is still allocated}
    List<CookieBlock> live() {
        return live;
    }

    long steps() {
        return steps;
    }

    /// {@return allocations that were refused for want of memory}
    long refused() {
        return refused;
    }

    private void step(String context) {
        if (live.size() > mostLive) {
            freeAny(context);
        }
        final int what = random.nextInt(1000);
        if (what < 450 || live.isEmpty()) {
            live.add(allocate(context));
        } else if (what < 650) {
            freeAny(context);
        } else if (what < 750) {
            resizeAny(context);
        } else if (what < 870) {
            final var block = live.remove(random.nextInt(live.size()));
            if (!passed.offer(block)) {
                free(block, context);
            }
        } else if (what < 998) {
            final var foreign = passed.poll();
            if (foreign != null) {
                foreign.check(context);
                live.add(foreign);
            }
        } else if (random.nextInt(10) == 0) {
            allocator.purge();
        }
    }

    /// From 1 byte to the largest, small ones more often.
    private long randomSize() {
        final int bits = random.nextInt(20) == 0 ? Long.numberOfTrailingZeros(largest) + 1 : 15;
        return Math.min(random.nextLong(1L << random.nextInt(1, bits)) + 1, largest);
    }

    private CookieBlock allocate(String context) {
        final long size = randomSize();
        final long alignment = random.nextInt(20) == 0 ? 1L << random.nextInt(15) : 1;
        final var segment = random.nextBoolean()
                ? allocator.allocateUninitialized(size, alignment)
                : allocateZeroed(size, alignment, context);
        if (segment.address() % Math.max(alignment, 16) != 0) {
            throw new AssertionError(context + ": " + segment + " is not aligned to " + alignment);
        }
        return CookieBlock.written(segment, cookies.addAndGet(CookieBlock.DISTANCE));
    }

    private MemorySegment allocateZeroed(long size, long alignment, String context) {
        final var segment = allocator.allocate(size, alignment);
        for (long at = 0; at < size; at += size > 4096 ? 509 : 1) {
            if (segment.get(ValueLayout.JAVA_BYTE, at) != 0) {
                throw new AssertionError(context + ": byte " + at + " of a new block of " + size + " is not zero");
            }
        }
        return segment;
    }

    private void resizeAny(String context) {
        final int which = random.nextInt(live.size());
        final var old = live.get(which);
        final long newSize = randomSize();
        old.check(context);
        final var moved = allocator.reallocate(old.segment(), newSize);
        new CookieBlock(moved, old.cookie()).check(Math.min(old.segment().byteSize(), newSize) & -8, context);
        live.set(which, CookieBlock.written(moved, old.cookie()));
    }

    private void freeAny(String context) {
        free(live.remove(random.nextInt(live.size())), context);
    }

    private void free(CookieBlock block, String context) {
        block.check(context);
        allocator.free(block.segment());
    }
}
