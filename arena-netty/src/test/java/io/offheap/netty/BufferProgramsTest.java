package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.offheap.allocator.OffHeapAllocator;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Seeded programs over many buffers that share memory, on Netty's unpooled allocator and on ours: slices, duplicates,
/// composites, and references that are taken and given back in any order. Same answers, exceptions, indices, contents and
/// reference counts after each step; nothing is in use at the end.
@Tag("portable")
class BufferProgramsTest {

    private static final long SEED = 20_261_122;
    private static final int STEPS = 6_000;
    private static final int MOST_BUFFERS = 24;
    private static final int MOST_BYTES = 3000;

    private final Random random = new Random(SEED);
    private final UnpooledByteBufAllocator theirAllocator = new UnpooledByteBufAllocator(true);
    private final List<Pair> live = new ArrayList<>();

    /// A buffer of Netty's, and the one of ours that was made by the same steps.
    private record Pair(ByteBuf theirs, ByteBuf ours) {

        int references() {
            return theirs.refCnt();
        }

        /// Does the same to both.
        Pair derive(Function<ByteBuf, ByteBuf> step) {
            final var expected = attempt(step, theirs);
            final var found = attempt(step, ours);
            assertEquals(expected instanceof ByteBuf, found instanceof ByteBuf, () -> expected + ", " + found);
            if (expected instanceof ByteBuf made) {
                return new Pair(made, (ByteBuf) found);
            }
            assertEquals(expected, found);
            return null;
        }

        private static Object attempt(Function<ByteBuf, ByteBuf> step, ByteBuf on) {
            final int capacity = on.capacity();
            final int end = on.writerIndex();
            try {
                return step.apply(on);
            } catch (RuntimeException e) {
                return e.getClass();
            } finally {
                if (on.refCnt() > 0 && !on.isReadOnly()) {
                    clear(on, capacity, Math.min(end, on.capacity()));
                    clear(on, Math.max(capacity, on.writerIndex()), on.capacity());
                }
            }
        }

        /// What is new and was not written is unspecified.
        private static void clear(ByteBuf buffer, int from, int to) {
            buffer.setZero(from, Math.max(0, to - from));
        }

        void compare(String what) {
            assertEquals(theirs.refCnt(), ours.refCnt(), what);
            assertEquals(theirs.capacity(), ours.capacity(), what);
            assertEquals(theirs.maxCapacity(), ours.maxCapacity(), what);
            assertEquals(theirs.readerIndex(), ours.readerIndex(), what);
            assertEquals(theirs.writerIndex(), ours.writerIndex(), what);
            assertEquals(theirs.isReadOnly(), ours.isReadOnly(), what);
            assertEquals(contents(theirs), contents(ours), what);
        }

        /// {@return what can be read, or what is thrown: a view may be of more than its buffer has shrunk to}
        private static Object contents(ByteBuf buffer) {
            try {
                return ByteBufUtil.hexDump(buffer);
            } catch (IndexOutOfBoundsException | IllegalStateException e) {
                return e.getClass();
            }
        }
    }

    /// Without the leak detector, which would record each of some million touches.
    @Test
    void buffersThatShareMemoryBehaveAsNettysDo() {
        final var level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            run();
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    private void run() {
        try (var memory = OffHeapAllocator.builder().name("programs").managementBeans(false).build()) {
            final var ourAllocator = new OffHeapByteBufAllocator(memory);
            for (int step = 0; step < STEPS; step++) {
                final int which = random.nextInt(100);
                if (live.isEmpty() || which < 12 && live.size() < MOST_BUFFERS) {
                    allocate(ourAllocator);
                } else {
                    change(live.get(random.nextInt(live.size())), which);
                }
                live.removeIf(pair -> pair.references() == 0);
                final String what = "seed " + SEED + ", step " + step + ", " + which;
                live.forEach(pair -> pair.compare(what));
                assertEquals(theirAllocator.metric().usedDirectMemory(), ourAllocator.metric().usedDirectMemory(), what);
                assertEquals(theirAllocator.metric().usedHeapMemory(), ourAllocator.metric().usedHeapMemory(), what);
            }
            live.forEach(this::drop);
            assertEquals(0, ourAllocator.metric().usedDirectMemory());
            assertEquals(0, memory.stats().allocatedBytes());
        }
    }

    private void drop(Pair pair) {
        if (pair.references() > 0) {
            assertEquals(pair.theirs.release(pair.references()), pair.ours.release(pair.ours.refCnt()));
        }
    }

    private void allocate(ByteBufAllocator ours) {
        final int capacity = random.nextInt(MOST_BYTES / 4);
        final int kind = random.nextInt(4);
        final Function<ByteBufAllocator, ByteBuf> make = from -> switch (kind) {
            case 0 -> from.heapBuffer(capacity, MOST_BYTES);
            case 1 -> from.compositeBuffer(4);
            default -> from.directBuffer(capacity, MOST_BYTES);
        };
        final var made = new Pair(make.apply(theirAllocator), make.apply(ours));
        live.add(made.derive(buffer -> buffer.setZero(0, buffer.capacity())));
    }

    /// References: each live pair may be released as often as its memory has references, so others may end with it.
    private void change(Pair pair, int which) {
        final int a = random.nextInt(MOST_BYTES / 3) - 1;
        final int b = random.nextInt(MOST_BYTES / 3) - 1;
        final long value = random.nextLong();
        if (which < 34) {
            final var derived = pair.derive(buffer -> derived(buffer, which % 9, a, b));
            if (derived != null && live.size() < 2 * MOST_BUFFERS) {
                live.add(derived);
            } else if (derived != null && which % 9 < 5) {
                derived.theirs.release();
                derived.ours.release();
            }
        } else if (which < 46) {
            pair.derive(buffer -> released(buffer));
        } else if (which < 50) {
            pair.derive(ByteBuf::retain);
        } else if (which < 56) {
            compose(pair, live.get(random.nextInt(live.size())));
        } else {
            pair.derive(buffer -> changed(buffer, which % 16, a, b, value));
        }
    }

    private static ByteBuf released(ByteBuf buffer) {
        buffer.release();
        return buffer;
    }

    /// The first five of them own a reference of their own.
    @SuppressWarnings("deprecation") // ByteBuf.order(ByteOrder) is a part of the contract
    private static ByteBuf derived(ByteBuf from, int kind, int index, int length) {
        return switch (kind) {
            case 0 -> from.retainedSlice(index, length);
            case 1 -> from.retainedDuplicate();
            case 2 -> from.readRetainedSlice(length);
            case 3 -> from.copy(index, length);
            case 4 -> from.retainedSlice().asReadOnly();
            case 5 -> from.slice(index, length);
            case 6 -> from.duplicate();
            case 7 -> from.order(ByteOrder.LITTLE_ENDIAN);
            default -> from.readSlice(length);
        };
    }

    private static void compose(Pair whole, Pair part) {
        if (whole.theirs instanceof CompositeByteBuf theirs && whole.ours instanceof CompositeByteBuf ours
                && theirs.numComponents() < 4 && !(part.theirs.unwrap() instanceof CompositeByteBuf)
                && !(part.theirs instanceof CompositeByteBuf)) {
            final var copy = part.derive(ByteBuf::copy);
            if (copy != null) {
                theirs.addComponent(true, copy.theirs);
                ours.addComponent(true, copy.ours);
            }
        }
    }

    private static ByteBuf changed(ByteBuf buffer, int kind, int a, int b, long value) {
        return switch (kind) {
            case 0 -> buffer.capacity(a);
            case 1 -> buffer.writeLong(value);
            case 2 -> buffer.setInt(a, (int) value);
            case 3 -> buffer.readerIndex(a);
            case 4 -> buffer.writerIndex(a);
            case 5 -> buffer.discardReadBytes();
            case 6 -> buffer.discardSomeReadBytes();
            case 7 -> buffer.ensureWritable(a);
            case 8 -> buffer.clear();
            case 9 -> buffer.writeBytes(new byte[Math.abs(a) % 100]).markReaderIndex();
            case 10 -> buffer.skipBytes(a % 50).resetReaderIndex();
            case 11 -> buffer.setMedium(a, (int) value).setShortLE(Math.abs(b) % 50, (int) value);
            case 12 -> buffer.setIndex(Math.min(a, b), Math.max(a, b));
            case 13 -> buffer.writeZero(Math.abs(b) % 64);
            case 14 -> buffer.writeCharSequence("text", java.nio.charset.StandardCharsets.UTF_16BE) > 0 ? buffer : null;
            default -> buffer.setZero(a, b);
        };
    }
}
