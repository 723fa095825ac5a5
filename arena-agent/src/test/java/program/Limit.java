package program;

import java.nio.ByteBuffer;
import java.util.ArrayList;

/// Takes all the direct memory that there is, as the JDK bounds it.
public final class Limit {

    private Limit() {}

    /// Prints how many buffers it could have before one was refused.
    ///
    /// @param arguments bytes of a buffer
    public static void main(String[] arguments) {
        final int capacity = Integer.parseInt(arguments[0]);
        final var buffers = new ArrayList<ByteBuffer>();
        try {
            while (true) {
                buffers.add(ByteBuffer.allocateDirect(capacity));
            }
        } catch (OutOfMemoryError e) {
            System.out.println(buffers.size());
        }
    }
}
