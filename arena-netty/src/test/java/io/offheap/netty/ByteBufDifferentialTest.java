package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ByteProcessor;
import io.netty.util.CharsetUtil;
import io.netty.util.ReferenceCountUtil;
import io.offheap.allocator.OffHeapAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every public method of `ByteBuf`, called with the same random arguments on a buffer of Netty and on ours: same answers,
/// same exceptions, same state afterwards.
@Tag("portable")
class ByteBufDifferentialTest {

    private static final long SEED = 20_261_121;
    private static final int PROGRAMS = 40;
    private static final int STEPS = 800;

    /// What answers differently by nature, changes reference counts (tested elsewhere), or hands out views that are
    /// compared in [#viewsShowTheSameBytes].
    private static final Set<String> LEFT_OUT = Set.of(
            "alloc", "memoryAddress", "hasMemoryAddress", "retain", "release", "touch", "unwrap", "toString", "getClass",
            "notify", "notifyAll", "wait", "internalNioBuffer", "nioBuffer", "nioBuffers", "readSlice",
            "readRetainedSlice", "slice", "retainedSlice", "duplicate", "retainedDuplicate", "order", "asReadOnly",
            "readBytes:int", "copy", "maxFastWritableBytes", "equals", "hashCode", "compareTo", "array", "arrayOffset");

    private final Random random = new Random(SEED);
    private final Set<String> called = new TreeSet<>();

    @TempDir
    Path folder;

    /// The same arguments twice, since a call may change them.
    private final class Arguments {
        private final Class<?>[] types;
        private final long seed = random.nextLong();

        Arguments(Method method) {
            types = method.getParameterTypes();
        }

        /// {@return new objects, equal to those of the last call}
        Object[] make(ByteBuf on) {
            final var dice = new Random(seed);
            return Arrays.stream(types).map(type -> argument(type, dice, on)).toArray();
        }
    }

    private static int index(Random dice, ByteBuf on) {
        return switch (dice.nextInt(12)) {
            case 0 -> -1 - dice.nextInt(3);
            case 1 -> on.capacity() + dice.nextInt(3) - 1;
            case 2 -> Integer.MAX_VALUE - dice.nextInt(2);
            case 3, 4 -> dice.nextInt(on.capacity() + 1);
            default -> dice.nextInt(24);
        };
    }

    private Object argument(Class<?> type, Random dice, ByteBuf on) {
        if (type == int.class) {
            return index(dice, on);
        } else if (type == long.class) {
            return dice.nextBoolean() ? dice.nextLong() : dice.nextInt(40);
        } else if (type == boolean.class) {
            return dice.nextBoolean();
        } else if (type == byte.class) {
            return (byte) dice.nextInt();
        } else if (type == float.class) {
            return dice.nextFloat();
        } else if (type == double.class) {
            return dice.nextDouble();
        } else if (type == byte[].class) {
            return bytes(dice);
        } else if (type == ByteBuf.class) {
            return buffer(dice);
        } else if (type == ByteBuffer.class) {
            return byteBuffer(dice);
        } else if (type == InputStream.class) {
            return new ByteArrayInputStream(bytes(dice));
        } else if (type == OutputStream.class) {
            return new ByteArrayOutputStream();
        } else if (type == CharSequence.class) {
            return "h\u00e9llo \u20ac \ud83d\ude00".substring(0, dice.nextInt(10));
        } else if (type == Charset.class) {
            return List.of(CharsetUtil.UTF_8, CharsetUtil.US_ASCII, CharsetUtil.ISO_8859_1, CharsetUtil.UTF_16BE)
                    .get(dice.nextInt(4));
        } else if (type == ByteProcessor.class) {
            return new ByteProcessor.IndexOfProcessor((byte) dice.nextInt(4));
        } else if (FileChannel.class.isAssignableFrom(type) || type == GatheringByteChannel.class
                || type == ScatteringByteChannel.class) {
            return channel(dice);
        }
        throw new AssertionError("no argument of type " + type);
    }

    private static byte[] bytes(Random dice) {
        final byte[] bytes = new byte[dice.nextInt(32)];
        dice.nextBytes(bytes);
        return bytes;
    }

    private static ByteBuf buffer(Random dice) {
        final byte[] bytes = bytes(dice);
        return switch (dice.nextInt(4)) {
            case 0 -> Unpooled.directBuffer(64).setZero(0, 64).writeBytes(bytes);
            case 1 -> Unpooled.buffer(64).writeBytes(bytes);
            case 2 -> Unpooled.wrappedBuffer(bytes).asReadOnly();
            default -> Unpooled.directBuffer(64, 64).setZero(0, 64).writeBytes(bytes).readerIndex(bytes.length / 2);
        };
    }

    private static ByteBuffer byteBuffer(Random dice) {
        final byte[] bytes = bytes(dice);
        return switch (dice.nextInt(3)) {
            case 0 -> ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
            case 1 -> ByteBuffer.wrap(bytes).asReadOnlyBuffer();
            default -> ByteBuffer.wrap(bytes);
        };
    }

    private FileChannel channel(Random dice) {
        try {
            final var channel = FileChannel.open(folder.resolve("file"), StandardOpenOption.CREATE,
                    StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
            channel.write(ByteBuffer.wrap(bytes(dice)));
            return channel.position(0);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static boolean isCompared(Method method) {
        return !Modifier.isStatic(method.getModifiers())
                && !LEFT_OUT.contains(method.getName())
                && !(method.getName().equals("readBytes")
                        && Arrays.equals(method.getParameterTypes(), new Class<?>[] {int.class}))
                && !(method.getName().equals("capacity") && method.getParameterCount() == 1)
                && !method.getName().startsWith("ensureWritable")
                && !method.isBridge();
    }

    private static List<Method> methods() {
        return Arrays.stream(ByteBuf.class.getMethods())
                .filter(ByteBufDifferentialTest::isCompared)
                .sorted(Comparator.comparing(Method::toString))
                .toList();
    }

    @Test
    void everyMethodAnswersAsNettysBufferDoes() {
        final var methods = methods();
        try (var memory = OffHeapAllocator.builder().name("differential").managementBeans(false).build()) {
            final var allocator = new OffHeapByteBufAllocator(memory);
            for (int program = 0; program < PROGRAMS; program++) {
                final int capacity = 1 + random.nextInt(200);
                final ByteBuf theirs = UnpooledByteBufAllocator.DEFAULT.directBuffer(capacity, 400).setZero(0, capacity);
                final ByteBuf ours = allocator.directBuffer(capacity, 400).setZero(0, capacity);
                runProgram(methods, theirs, ours);
                theirs.release();
                ours.release();
            }
            assertEquals(0, allocator.metric().usedDirectMemory());
        }
        final var known = new HashSet<String>();
        methods.forEach(method -> known.add(method.toString()));
        assertEquals(known, called, "methods that never returned normally");
    }

    private void runProgram(List<Method> methods, ByteBuf theirs, ByteBuf ours) {
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(20) == 0) {
                resize(theirs, ours);
            } else {
                final var method = methods.get(random.nextInt(methods.size()));
                final var arguments = new Arguments(method);
                final String what = "seed " + SEED + ", step " + step + ": " + method;
                final Object[] forTheirs = arguments.make(theirs);
                if (isVainTransfer(forTheirs, theirs)) {
                    continue;
                }
                final Object[] forOurs = arguments.make(theirs);
                final Object expected = call(method, theirs, forTheirs);
                final Object found = call(method, ours, forOurs);
                assertSameObjects(expected, found, what);
                for (int i = 0; i < forTheirs.length; i++) {
                    assertSameObjects(forTheirs[i], forOurs[i], what + ", argument " + i);
                    ReferenceCountUtil.release(forTheirs[i]);
                    ReferenceCountUtil.release(forOurs[i]);
                }
            }
            assertSameState(theirs, ours, step);
        }
    }

    /// Netty's own buffers differ in what they check before nothing, or something outside, passes through a channel;
    /// [OffHeapByteBufAllocatorTest] says what ours do.
    private static boolean isVainTransfer(Object[] arguments, ByteBuf on) {
        final boolean transfers = Arrays.stream(arguments)
                .anyMatch(argument -> argument instanceof Channel || argument instanceof Closeable);
        if (!transfers || !(arguments[arguments.length - 1] instanceof Integer length)) {
            return false;
        }
        final int index = arguments[0] instanceof Integer first ? first : 0;
        return length <= 0 || index < 0 || length > on.capacity() - index;
    }

    private void resize(ByteBuf theirs, ByteBuf ours) {
        final int from = theirs.capacity();
        final int to = random.nextInt(400);
        theirs.capacity(to);
        ours.capacity(to);
        if (to > from) {                                // what is new is unspecified
            theirs.setZero(from, to - from);
            ours.setZero(from, to - from);
        }
    }

    private Object call(Method method, ByteBuf on, Object[] arguments) {
        final int capacity = on.capacity();
        try {
            final Object answer = method.invoke(on, arguments);
            called.add(method.toString());
            return answer == on ? "itself" : answer;
        } catch (InvocationTargetException e) {
            return e.getCause().getClass();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        } finally {
            final int from = Math.max(capacity, on.writerIndex());
            on.setZero(from, Math.max(0, on.capacity() - from));    // what is new and was not written is unspecified
        }
    }

    private static void assertSameObjects(Object expected, Object found, String what) {
        switch (expected) {
            case byte[] bytes -> assertEquals(Arrays.toString(bytes), Arrays.toString((byte[]) found), what);
            case ByteBuf buffer -> assertSameState(buffer, (ByteBuf) found, -1);
            case ByteArrayOutputStream out -> assertEquals(out.toString(CharsetUtil.ISO_8859_1),
                    ((ByteArrayOutputStream) found).toString(CharsetUtil.ISO_8859_1), what);
            case ByteArrayInputStream in -> assertEquals(in.available(), ((ByteArrayInputStream) found).available(), what);
            case FileChannel channel -> assertSamePosition(channel, (FileChannel) found, what);
            case ByteProcessor _ -> assertTrue(found instanceof ByteProcessor, what);
            case null, default -> assertEquals(expected, found, what);
        }
    }

    private static void assertSamePosition(FileChannel expected, FileChannel found, String what) {
        try (expected; found) {
            assertEquals(expected.position(), found.position(), what);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void assertSameState(ByteBuf theirs, ByteBuf ours, int step) {
        final String what = "seed " + SEED + ", step " + step;
        assertEquals(theirs.capacity(), ours.capacity(), what);
        assertEquals(theirs.readerIndex(), ours.readerIndex(), what);
        assertEquals(theirs.writerIndex(), ours.writerIndex(), what);
        assertEquals(Arrays.toString(allBytes(theirs)), Arrays.toString(allBytes(ours)), what);
    }

    private static byte[] allBytes(ByteBuf buffer) {
        final byte[] bytes = new byte[buffer.capacity()];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    @Test
    @SuppressWarnings("deprecation") // ByteBuf.order(ByteOrder) is a part of the contract
    void viewsShowTheSameBytes() {
        try (var memory = OffHeapAllocator.builder().name("views").managementBeans(false).build()) {
            final ByteBuf ours = new OffHeapByteBufAllocator(memory).directBuffer(64, 128);
            final byte[] bytes = new byte[64];
            random.nextBytes(bytes);
            ours.writeBytes(bytes);
            final ByteBuf expected = Unpooled.wrappedBuffer(bytes);
            assertEquals(expected, ours);
            assertEquals(0, expected.compareTo(ours));
            assertEquals(expected.hashCode(), ours.hashCode());
            assertEquals(expected.slice(3, 17), ours.slice(3, 17));
            final ByteBuf copy = ours.copy(3, 17);
            assertEquals(expected.slice(3, 17), copy);
            copy.release();
            assertEquals(expected.nioBuffer(3, 17), ours.nioBuffer(3, 17));
            assertEquals(expected.nioBuffer(5, 9), ours.internalNioBuffer(5, 9).slice());
            assertEquals(expected.nioBuffer(5, 9), ours.nioBuffers(5, 9)[0]);
            assertEquals(ByteOrder.BIG_ENDIAN, ours.nioBuffer().order());
            assertEquals(expected.getLongLE(8), ours.order(ByteOrder.LITTLE_ENDIAN).getLong(8));
            assertEquals(expected.toString(CharsetUtil.ISO_8859_1), ours.toString(CharsetUtil.ISO_8859_1));
            final ByteBuf parts = Unpooled.compositeBuffer().addComponent(true, Unpooled.buffer(20).writeZero(20))
                    .addComponent(true, Unpooled.directBuffer(20).writeZero(20));
            ours.getBytes(10, parts, 5, 30);
            assertEquals(expected.slice(10, 30), parts.slice(5, 30));
            ours.setBytes(10, parts, 5, 30);
            assertEquals(expected, ours);
            ours.nioBuffer(7, 1).put(0, (byte) (bytes[7] + 1));
            assertEquals((byte) (bytes[7] + 1), ours.getByte(7));
            assertEquals((byte) (bytes[7] + 1), ours.duplicate().getByte(7));
            assertTrue(ours.release());
        }
    }
}
