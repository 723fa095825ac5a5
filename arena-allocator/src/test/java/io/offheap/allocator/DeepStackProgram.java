package io.offheap.allocator;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.VolatileMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;

/// A program whose threads call the library from deeper and deeper in a recursion, and beyond the end of their stacks. It looks afterwards
/// whether anything was broken or is kept from others. Run by [DeepStackTest].
///
/// Where the stack ends nothing here calls anything but the library.
final class DeepStackProgram {

    private static final long SEED = 0x57ac4;
    private static final long STACK_BYTES = 320 << 10;
    private static final int ROUNDS = Integer.getInteger("rounds");
    private static final int MOST_BLOCKS = 4096;
    private static final long PAGES = 64;
    private static final int[] SIZES = {16, 100, 1024, 5000, 16 << 10, 100_000, 300_000};

    /// What is done at a depth. What it throws but for the end of the stack is a mistake.
    private interface Step {
        void run(int random) throws Throwable;
    }

    private final OffHeapAllocator allocator;
    private final MemoryDomain domain;
    private final AddressSpace space;
    private final VolatileMemory volatileBlock;
    private final ArenaGroup group;
    private final Step[] steps;

    // Of one round. No array of objects: those are checked on a store, by a call.
    private final long[] blocks = new long[MOST_BLOCKS];
    private int blockCount;
    private Arena opened;               // and not closed yet
    private VolatileMemory.Pin pinned;  // and not let go yet
    private ByteBuffer buffer;
    private Throwable mistake;
    private int overflows;

    private DeepStackProgram(OffHeapAllocator allocator, MemoryDomain domain) {
        this.allocator = allocator;
        this.domain = domain;
        this.space = domain.newSpace("deep");
        this.volatileBlock = allocator.allocateVolatile(100_000);
        this.group = allocator.sharedGroup(4);
        this.steps = new Step[] {
            this::allocate, this::free, this::allocate, this::free, this::segment, this::reallocate, this::confined, this::confinedLarge,
            this::shared, this::ofGroup, this::automatic, this::direct, this::pin, this::write, this::fork, this::mark, this::purge};
        space.map(0, PAGES * domain.pageSize());
    }

    public static void main(String[] arguments) throws Exception {
        try (var allocator = OffHeapAllocator.builder().decay(Duration.ofMillis(50)).build(); var domain = MemoryDomain.create()) {
            final var program = new DeepStackProgram(allocator, domain);
            final var random = new SplittableRandom(SEED);
            for (int round = 0; round < ROUNDS; round++) {
                program.round(random.nextInt(), round % 4 == 3);
            }
            program.end();
        }
        System.out.println("done");
    }

    private void round(int seed, boolean isVirtual) throws Exception {
        final var deep = isVirtual
                ? Thread.ofVirtual().unstarted(() -> descend(seed))
                : new Thread(null, () -> descend(seed), "deep", STACK_BYTES);
        deep.start();
        if (!deep.join(Duration.ofSeconds(60))) {
            for (final var frame : deep.getStackTrace()) {
                System.out.println("    at " + frame);
            }
            throw new AssertionError("hangs");
        }
        if (mistake != null) {
            throw new AssertionError("seed " + seed, mistake);
        }
    }

    private void descend(int seed) {
        try {
            deeper(seed, 0);
        } catch (StackOverflowError _) {
            overflows++;
        }
        closeCutOff();
    }

    /// Frames of different sizes, so that the end comes everywhere.
    private long deeper(int seed, int depth) {
        final int next = seed * 0x2c1b3c6d + 0x5bd1e995;
        one(next >>> 8);
        return switch (next >>> 29) {
            case 0, 1, 2 -> deeper(next, depth + 1);
            case 3, 4 -> wider(next, depth + 1, next, depth);
            default -> widest(next, depth + 1, next, depth, next, depth);
        };
    }

    private long wider(int seed, int depth, long one, long two) {
        return deeper(seed, depth) + one * two;
    }

    private long widest(int seed, int depth, long one, long two, long three, long four) {
        return deeper(seed, depth) + one * two + three * four;
    }

    private void one(int random) {
        try {
            steps[random % steps.length].run(random >>> 5);
        } catch (StackOverflowError _) {
            overflows++;
        } catch (Throwable t) {
            mistake = t;
            throw new StackOverflowError();             // ends the round
        }
    }

    private void allocate(int random) {
        if (blockCount < MOST_BLOCKS) {
            blocks[blockCount] = allocator.allocateAddress(SIZES[random % SIZES.length]);
            blockCount++;
        }
    }

    /// A block whose free the end of the stack has reached may be free or not: nobody uses it any more.
    private void free(int random) {
        if (blockCount > 0) {
            blockCount--;
            final long address = blocks[blockCount];
            allocator.freeAddress(address);
        }
    }

    private void segment(int random) {
        final MemorySegment segment = allocator.allocate(SIZES[random % SIZES.length]);
        allocator.free(segment);
    }

    private void reallocate(int random) {
        final MemorySegment segment = allocator.allocateUninitialized(1000, 1);
        allocator.free(allocator.reallocate(segment, SIZES[random % SIZES.length]));
    }

    private void confined(int random) {
        try (var arena = allocator.ofConfined()) {
            arena.allocate(100);
        }
    }

    private void confinedLarge(int random) {
        try (var arena = allocator.ofConfined()) {
            arena.allocate(3000);
            arena.allocate(SIZES[random % SIZES.length]);
        }
    }

    private void shared(int random) {
        if (random % 16 == 0) {                         // it stops all threads
            closeCutOff();
            final var arena = allocator.ofShared();
            opened = arena;
            arena.allocate(SIZES[random % SIZES.length]);
            closeCutOff();
        }
    }

    /// Closes what is open still, because the end of the stack has kept it from being closed.
    private void closeCutOff() {
        if (opened != null) {
            final var late = opened;
            if (late.scope().isAlive()) {
                late.close();
            }
            opened = null;
        }
        if (pinned != null) {
            pinned.close();
            pinned = null;
        }
    }

    private void ofGroup(int random) {
        try (var arena = group.ofShared()) {
            arena.allocate(100 + random % 1000);
        }
    }

    private void automatic(int random) {
        allocator.ofAuto().allocate(100);
    }

    private void direct(int random) {
        if (buffer == null) {
            buffer = allocator.allocateDirect(SIZES[random % SIZES.length]);
        } else {
            final var freed = buffer;
            buffer = null;
            allocator.free(freed);
        }
    }

    private void pin(int random) {
        closeCutOff();
        pinned = random % 2 == 0 ? volatileBlock.pin() : volatileBlock.pinConfined();
        pinned.rebuilt();
        closeCutOff();
    }

    private void write(int random) {
        space.putLong(random % PAGES * domain.pageSize(), random);
        space.getLong(random % PAGES * domain.pageSize());
    }

    private void fork(int random) {
        try (var child = space.fork("child")) {
            child.putLong(0, random);
        }
    }

    private void mark(int random) {
        space.markVolatile(0, 4 * domain.pageSize());
        domain.tryPurge(domain.pageSize());
        space.unmarkVolatile(0, 4 * domain.pageSize());
    }

    private void purge(int random) {
        if (random % 8 == 0) {
            allocator.purge();
        } else {
            allocator.stats();
        }
    }

    private void end() throws Exception {
        System.out.println(overflows + " overflows");
        use();
        final var other = Thread.ofVirtual().start(this::use);
        if (!other.join(Duration.ofSeconds(60))) {
            throw new AssertionError("a virtual thread is kept out");
        }
        if (mistake != null) {
            throw new AssertionError(mistake);
        }
        volatileBlock.close();
        space.unmap(0, PAGES * domain.pageSize());
        space.close();
        group.close();
        if (!allocator.checkInvariants() || !domain.checkInvariants()) {
            throw new AssertionError("not checked");
        }
    }

    /// What others can do: get blocks of all sizes, no two of which overlap, and give them back.
    private void use() {
        try {
            final var mine = new MemorySegment[2000];
            for (int i = 0; i < mine.length; i++) {
                mine[i] = allocator.allocate(SIZES[i % (SIZES.length - 2)]);
                mine[i].fill((byte) i);
            }
            for (int i = 0; i < mine.length; i++) {
                if (mine[i].get(ValueLayout.JAVA_BYTE, mine[i].byteSize() - 1) != (byte) i
                        || mine[i].get(ValueLayout.JAVA_BYTE, 0) != (byte) i) {
                    throw new AssertionError("somebody else has the block at 0x%x".formatted(mine[i].address()));
                }
                allocator.free(mine[i]);
            }
            allocator.purge();
            for (int i = 0; i < steps.length; i++) {
                steps[i].run(i);
            }
            for (; blockCount > 0; blockCount--) {
                allocator.freeAddress(blocks[blockCount - 1]);
            }
        } catch (Throwable t) {
            mistake = t;
        }
    }
}
