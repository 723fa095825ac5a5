package io.offheap.agrona;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Every method of Agrona's interfaces, called with the same random arguments on a buffer of Agrona and on ours: same
/// answers, same exceptions, same bytes afterwards.
@Tag("portable")
class BufferDifferentialTest {

    private static final long SEED = 20_261_121;
    private static final int CALLS_OF_EACH = 100;
    private static final int CAPACITY = 200;

    /// Tested by name elsewhere: what they answer depends on the kind of memory.
    private static final Set<String> LEFT_OUT = Set.of("wrap", "addressOffset", "byteArray", "byteBuffer", "wrapAdjustment",
            "verifyAlignment", "toString", "isExpandable");

    /// Numbers as text, and what is not quite a number.
    private static final List<String> TEXTS = List.of("0", "7", "-1", "123", "-", "", "00000000123", "2147483647",
            "2147483648", "-2147483648", "-2147483649", "99999999999", "12a4", "123456789x", "9223372036854775807",
            "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "99999999abcdefghijk",
            "922337203685477580x", "9223372099999999999", "12345678901234567890", "caf\u00e9", "\u20ac uro");

    private final Random random = new Random(SEED);
    private final Set<Method> returned = new HashSet<>();

    @Test
    void nativeMemoryAnswersAsUnsafeBufferDoes() {
        try (var memory = OffHeapAllocator.builder().name("native").managementBeans(false).build()) {
            final MemorySegment block = memory.allocate(CAPACITY, 64);
            compare(AtomicBuffer.class, new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY)), new OffHeapBuffer(block));
            memory.free(block);
        }
    }

    @Test
    void segmentOfAnArenaAnswersAsUnsafeBufferDoes() {
        try (var arena = Arena.ofConfined()) {
            compare(AtomicBuffer.class, new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY)),
                    new OffHeapBuffer(arena.allocate(CAPACITY, 8)));
        }
    }

    @Test
    void partOfAnArrayAnswersAsUnsafeBufferDoes() {
        compare(AtomicBuffer.class, new UnsafeBuffer(new byte[CAPACITY + 20], 8, CAPACITY),
                new OffHeapBuffer(new byte[CAPACITY + 20], 8, CAPACITY));
    }

    @Test
    void partOfAByteBufferAnswersAsUnsafeBufferDoes() {
        compare(AtomicBuffer.class, new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY + 8).position(3), 8, CAPACITY),
                new OffHeapBuffer(ByteBuffer.allocateDirect(CAPACITY + 8).position(3), 8, CAPACITY));
    }

    @Test
    void expandableBufferAnswersAsThatOfAgronaDoes() {
        try (var memory = OffHeapAllocator.builder().name("expandable").managementBeans(false).build();
                var ours = new ExpandableOffHeapBuffer(memory)) {
            compare(MutableDirectBuffer.class, new ExpandableDirectByteBuffer(), ours);
        }
    }

    private static boolean isCompared(Method method) {
        return !LEFT_OUT.contains(method.getName()) && method.getDeclaringClass() != Comparable.class;
    }

    private <B extends MutableDirectBuffer> void compare(Class<B> type, B theirs, B ours) {
        final var methods = new ArrayList<>(Arrays.stream(type.getMethods())
                .filter(BufferDifferentialTest::isCompared).sorted(Comparator.comparing(Method::toString)).toList());
        for (int round = 0; round < CALLS_OF_EACH; round++) {
            for (final Method method : methods) {
                step(method, theirs, ours);
            }
        }
        methods.removeAll(returned);
        assertEquals(List.of(), methods, "methods that never returned normally");
    }

    private void step(Method method, MutableDirectBuffer theirs, MutableDirectBuffer ours) {
        if (method.getName().startsWith("parse") || random.nextInt(50) == 0) {
            final String text = TEXTS.get(random.nextInt(TEXTS.size()));
            final int at = random.nextInt(16);
            assertEquals(theirs.putStringWithoutLengthAscii(at, text), ours.putStringWithoutLengthAscii(at, text));
            if (method.getName().startsWith("parse")) {
                assertSameAnswers(method, theirs, ours, new Object[] {at, text.length()}, new Object[] {at, text.length()});
            }
        }
        final long seed = random.nextLong();
        final Object[] arguments = arguments(method, new Random(seed));
        if (!isNegativeText(arguments)) {
            assertSameAnswers(method, theirs, ours, arguments, arguments(method, new Random(seed)));
        }
    }

    /// Agrona appends text of -1 to -4 bytes without complaint; ours refuses it.
    private static boolean isNegativeText(Object[] arguments) {
        return arguments.length == 3 && arguments[2] instanceof Appendable && arguments[1] instanceof Integer length && length < 0;
    }

    private void assertSameAnswers(
            Method method, MutableDirectBuffer theirs, MutableDirectBuffer ours, Object[] forTheirs, Object[] forOurs) {
        final Object expected = call(method, theirs, forTheirs);
        final Object found = call(method, ours, forOurs);
        final String what = "seed " + SEED + ": " + method + " " + Arrays.toString(forTheirs);
        if (method.getName().equals("compareTo") && expected instanceof Integer sign) {
            assertEquals(Integer.signum(sign), Integer.signum((int) found), what);
        } else {
            assertEquals(expected, found, what);
        }
        assertEquals(Arrays.toString(texts(forTheirs)), Arrays.toString(texts(forOurs)), what);
        if (expected instanceof String text && text.startsWith("threw")) {
            ours.putBytes(0, theirs, 0, theirs.capacity());   // ours changes nothing then; theirs may have begun
        }
        assertEquals(Arrays.toString(bytes(theirs)), Arrays.toString(bytes(ours)), what);
    }

    private Object call(Method method, DirectBuffer on, Object[] arguments) {
        try {
            final Object answer = method.invoke(on, arguments);
            returned.add(method);
            return answer;
        } catch (InvocationTargetException e) {
            return switch (e.getCause()) {
                case IndexOutOfBoundsException _ -> "threw IndexOutOfBoundsException";
                case NumberFormatException numbers -> "threw " + numbers;
                default -> "threw " + e.getCause().getClass();
            };
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static Object[] texts(Object[] arguments) {
        return Arrays.stream(arguments).map(argument -> switch (argument) {
            case byte[] bytes -> Arrays.toString(bytes);
            case ByteBuffer buffer -> buffer.position() + Arrays.toString(bytes(new OffHeapBuffer(buffer)));
            case DirectBuffer buffer -> Arrays.toString(bytes(buffer));
            case StringBuilder text -> text.toString();
            case null, default -> argument;
        }).toArray();
    }

    private static byte[] bytes(DirectBuffer buffer) {
        final byte[] bytes = new byte[buffer.capacity()];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    /// `true` for what is not an access to plain memory, and so must be aligned.
    private static boolean isAtomic(Method method) {
        return method.getDeclaringClass() == AtomicBuffer.class;
    }

    private static Object[] arguments(Method method, Random dice) {
        final Class<?>[] types = method.getParameterTypes();
        final Object[] arguments = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            arguments[i] = argument(method, types[i], dice);
        }
        if (isAtomic(method) && arguments.length > 0) {
            arguments[0] = (int) arguments[0] & -8;
        }
        if (method.getName().contains("Natural") && method.getName().startsWith("put")) {
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = natural(arguments[i]);
            }
        }
        return arguments;
    }

    private static Object natural(Object value) {
        return switch (value) {
            case Integer number -> Math.max(number, -1 - number);
            case Long number -> Math.max(number, -1 - number);
            default -> value;
        };
    }

    private static Object argument(Method method, Class<?> type, Random dice) {
        if (type == int.class) {
            return integer(method, dice);
        } else if (type == long.class) {
            return dice.nextLong() >> dice.nextInt(64);
        } else if (type == double.class) {
            return dice.nextDouble();
        } else if (type == float.class) {
            return dice.nextFloat();
        } else if (type == short.class) {
            return (short) dice.nextInt();
        } else if (type == char.class) {
            return (char) dice.nextInt();
        } else if (type == byte.class) {
            return (byte) dice.nextInt();
        } else if (type == ByteOrder.class) {
            return dice.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        } else if (type == byte[].class) {
            return array(dice);
        } else if (type == ByteBuffer.class) {
            return dice.nextBoolean() ? ByteBuffer.wrap(array(dice)).position(1) : ByteBuffer.allocateDirect(30).position(2);
        } else if (type == String.class || type == CharSequence.class) {
            return dice.nextInt(8) == 0 ? null : TEXTS.get(dice.nextInt(TEXTS.size()));
        } else if (type == Appendable.class) {
            return new StringBuilder();
        } else if (type == Object.class) {
            return "not a buffer";
        }
        return buffer(dice);
    }

    private static int integer(Method method, Random dice) {
        return switch (dice.nextInt(12)) {
            case 0 -> -1 - dice.nextInt(9);
            case 1 -> CAPACITY - dice.nextInt(10);
            case 2 -> method.getDeclaringClass() == AtomicBuffer.class ? 16 : 128 + dice.nextInt(100);
            default -> dice.nextInt(24);
        };
    }

    private static byte[] array(Random dice) {
        final byte[] bytes = new byte[1 + dice.nextInt(40)];
        dice.nextBytes(bytes);
        return bytes;
    }

    private static MutableDirectBuffer buffer(Random dice) {
        final byte[] bytes = array(dice);
        final var direct = ByteBuffer.allocateDirect(bytes.length + 3);
        final MutableDirectBuffer buffer = switch (dice.nextInt(6)) {
            case 0 -> new UnsafeBuffer(bytes);
            case 1 -> new UnsafeBuffer(direct, 3, bytes.length);
            case 2 -> new UnsafeBuffer(ByteBuffer.wrap(new byte[50]).position(7).slice(), 2, bytes.length);
            case 3 -> new OffHeapBuffer(new byte[50], 5, bytes.length);
            case 4 -> new OffHeapBuffer(direct, 1, bytes.length);
            default -> new OffHeapBuffer(new UnsafeBuffer(direct, 2, bytes.length));
        };
        buffer.putBytes(0, bytes);
        return buffer;
    }
}
