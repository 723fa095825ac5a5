import java.nio.ByteBuffer;

/// Frees its buffers in the one way that old programs know. Run from its source: the build allows no `Unsafe`.
public final class Cleaners {

    /// Prints `refused`, and `done`.
    public static void main(String[] arguments) throws ReflectiveOperationException {
        final var unsafe = unsafe();
        for (int i = 0; i < 100; i++) {
            final var buffer = ByteBuffer.allocateDirect(1 << 20);
            buffer.putInt(0, i);
            unsafe.invokeCleaner(buffer);
        }
        try {
            unsafe.invokeCleaner(ByteBuffer.allocateDirect(10).duplicate());
        } catch (IllegalArgumentException expected) {
            System.out.println("refused: " + expected.getMessage());
        }
        System.out.println("done");
    }

    private static sun.misc.Unsafe unsafe() throws ReflectiveOperationException {
        final var field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        return (sun.misc.Unsafe) field.get(null);
    }
}
