package program;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/// Allocates in every way that a program writes it, and checks what it gets.
public final class Buffers {

    private Buffers() {}

    /// Prints `done`, and what has gone wrong.
    public static void main(String[] arguments) {
        final IntFunction<ByteBuffer> reference = ByteBuffer::allocateDirect;
        final IntFunction<ByteBuffer> lambda = size -> ByteBuffer.allocateDirect(size);
        final var buffers = List.of(ByteBuffer.allocateDirect(1000), MappedByteBuffer.allocateDirect(1000),
                reference.apply(1000), lambda.apply(1000), chosen(arguments.length));
        buffers.forEach(Buffers::check);
        refusesNegativeCapacity();
        arenas();
        check(copyOfSerialized((IntFunction<ByteBuffer> & Serializable) ByteBuffer::allocateDirect).apply(1000));
        require(!ByteBuffer.class.getModule().isOpen("java.nio", Buffers.class.getModule()), "the JDK is open");
        System.out.println("done");
    }

    /// Branches before and after the call: the frames of the stack map must still be right.
    private static ByteBuffer chosen(int which) {
        ByteBuffer buffer = null;
        for (int i = 0; i < 3; i++) {
            buffer = which == i ? ByteBuffer.allocateDirect(1000) : i == 2 ? ByteBuffer.allocateDirect(1000) : null;
        }
        return buffer;
    }

    private static void check(ByteBuffer buffer) {
        require(buffer.isDirect() && buffer.capacity() == 1000 && buffer.position() == 0, "shape: " + buffer);
        require(buffer.order() == ByteOrder.BIG_ENDIAN, "order: " + buffer.order());
        while (buffer.hasRemaining()) {
            require(buffer.get() == 0, "not zeroed");
        }
        require(buffer.putLong(8, 0x0102030405060708L).getLong(8) == 0x0102030405060708L, "contents");
    }

    private static void refusesNegativeCapacity() {
        try {
            throw new AssertionError("made " + ByteBuffer.allocateDirect(-1));
        } catch (IllegalArgumentException expected) {
            require(expected.getMessage().contains("-1"), expected.getMessage());
        }
    }

    @SuppressWarnings("unchecked") // what was written is read
    private static <T> T copyOfSerialized(T object) {
        final var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
            return (T) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        } catch (IOException | ClassNotFoundException e) {
            throw new AssertionError("a method reference", e);
        }
    }

    private static void arenas() {
        final Supplier<Arena> reference = Arena::ofConfined;
        try (var direct = Arena.ofConfined(); var referenced = reference.get()) {
            require(direct.allocate(100, 8).get(ValueLayout.JAVA_LONG, 0) == 0, "not zeroed");
            require(referenced.allocateFrom("text").getString(0).equals("text"), "text");
        }
        try (var shared = Arena.ofShared()) {
            require(shared.allocate(100, 8).get(ValueLayout.JAVA_LONG, 0) == 0, "not zeroed");
        }
        require(Arena.ofAuto().allocate(100, 8).get(ValueLayout.JAVA_LONG, 0) == 0, "not zeroed");
        require(Arena.global().allocate(100, 8).scope().isAlive(), "not alive");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
