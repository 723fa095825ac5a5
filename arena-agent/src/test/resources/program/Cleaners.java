import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import javax.management.JMException;
import javax.management.ObjectName;

/// Frees its buffers in the one way that old programs know. Run from its source: the build allows no `Unsafe`.
public final class Cleaners {

    /// Prints `refused`, and `done`.
    public static void main(String[] arguments) throws ReflectiveOperationException, JMException {
        final var unsafe = unsafe();
        for (int i = 0; i < 100; i++) {
            final var buffer = ByteBuffer.allocateDirect(1 << 20);
            buffer.putInt(0, i);
            unsafe.invokeCleaner(buffer);
        }
        final var kept = ByteBuffer.allocateDirect(10);
        try {
            unsafe.invokeCleaner(kept.duplicate());
        } catch (IllegalArgumentException expected) {
            System.out.println("refused: " + expected.getMessage());
        }
        System.out.println("held: " + held());
        Reference.reachabilityFence(kept);
        System.out.println("done");
    }

    /// {@return bytes of direct buffers whose memory has not come back}
    private static Object held() throws JMException {
        return ManagementFactory.getPlatformMBeanServer()
                .getAttribute(new ObjectName("java.nio:type=BufferPool,name=shared"), "TotalCapacity");
    }

    private static sun.misc.Unsafe unsafe() throws ReflectiveOperationException {
        final var field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        return (sun.misc.Unsafe) field.get(null);
    }
}
