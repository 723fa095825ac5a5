package io.offheap.bench.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A child's end of the lines between it and its parent: standard input and output.
///
/// A child does not outlive its parent: when standard input ends, so does the process, whatever it is doing.
public final class ParentLink {

    private static final int ORPHANED = 4;

    private final BlockingQueue<Message> inbox = new LinkedBlockingQueue<>();
    private final PrintStream out = System.out;

    /// Starts to listen.
    public ParentLink() {
        final Thread reader = new Thread(this::read, "parent-link");
        reader.setDaemon(true);
        reader.start();
    }

    /// Tells the parent.
    public void say(Message message) {
        out.println(message.line());
        out.flush();
    }

    /// {@return what the parent says next}
    public Message await() throws InterruptedException {
        return inbox.take();
    }

    /// {@return what the parent says next, or null if it says nothing within the time}
    public Message poll(long nanos) throws InterruptedException {
        return inbox.poll(nanos, TimeUnit.NANOSECONDS);
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                inbox.add(Message.parse(line));
            }
        } catch (IOException gone) {
            // the same as the end of input
        }
        Runtime.getRuntime().halt(ORPHANED);
    }
}
