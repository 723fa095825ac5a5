package example.unchanged;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;

/// Uses buffers and arenas as the JDK has them; under the agent they are another's, and nothing here shows it.
public final class Unchanged {

    private static final int BUFFER_BYTES = 1 << 20;

    private Unchanged() {}

    /// Writes a file from a direct buffer and reads it into another.
    public static void main(String[] arguments) throws IOException {
        final var file = Files.createTempFile("unchanged", "");
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
             Arena arena = Arena.ofConfined()) {
            final var written = ByteBuffer.allocateDirect(BUFFER_BYTES);
            written.putLong(BUFFER_BYTES - Long.BYTES, 42);
            channel.write(written, 0);
            final var read = ByteBuffer.allocateDirect(BUFFER_BYTES);
            channel.read(read, 0);
            System.out.println(read.getLong(BUFFER_BYTES - Long.BYTES) + " " + arena.allocateFrom("text").getString(0));
        } finally {
            Files.delete(file);
        }
    }
}
