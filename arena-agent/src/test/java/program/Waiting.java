package program;

import java.io.IOException;

/// Runs [Buffers] twice: at once, and when it has been told to go on.
public final class Waiting {

    private Waiting() {}

    /// Prints `waiting` in between.
    public static void main(String[] arguments) throws IOException {
        Buffers.main(arguments);
        System.out.println("waiting");
        System.in.read();
        Buffers.main(arguments);
    }
}
