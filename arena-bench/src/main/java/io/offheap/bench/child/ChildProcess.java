package io.offheap.bench.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A child JVM and the lines between it and this process.
///
/// What they say is agreed between those who use this class. A child may say FAILED, with the fields `outcome`
/// and `message`, instead of its next word.
///
/// ## Concurrency
/// Called by one thread. The process is ended by [#close], and at the latest when this JVM ends.
public final class ChildProcess implements AutoCloseable {

    /// Long enough for a machine on which sixteen JVMs start at once beside other work; a child that is silent for longer
    /// hangs. One that has ended is noticed at once.
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Message GONE = Message.of("GONE");

    private final String name;
    private final OwnedProcess owned;
    private final Process process;
    private final Writer toChild;
    private final BlockingQueue<Message> inbox = new LinkedBlockingQueue<>();

    private ChildProcess(String name, OwnedProcess owned) {
        this.name = name;
        this.owned = owned;
        this.process = owned.process();
        this.toChild = process.outputWriter(StandardCharsets.UTF_8);
        final Thread reader = new Thread(this::read, "read-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    /// Starts a JVM on the class path of this one. What it writes to standard error appears on ours.
    ///
    /// @param name for messages
    /// @param flags for the JVM
    /// @param environment what is added to the environment of this process
    /// @throws IllegalStateException if this JVM is about to end; nothing is started then
    public static ChildProcess start(
            String name, Class<?> main, List<String> flags, List<String> arguments, Map<String, String> environment) {
        return start(name, List.of(), main, flags, arguments, environment);
    }

    /// Starts a JVM as above, by way of another program.
    ///
    /// @param launcher the words before the command; the program they name becomes the JVM in the end, with the
    ///     same process id
    public static ChildProcess start(
            String name,
            List<String> launcher,
            Class<?> main,
            List<String> flags,
            List<String> arguments,
            Map<String, String> environment) {
        final List<String> command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        final ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        try {
            return new ChildProcess(name, OwnedProcess.start(builder));
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot start " + name, failed);
        }
    }

    /// {@return the process id}
    public long pid() {
        return process.pid();
    }

    /// Tells the child.
    public void say(Message message) {
        try {
            toChild.write(message.line() + "\n");
            toChild.flush();
        } catch (IOException gone) {
            inbox.add(GONE);
        }
    }

    /// Waits for the child's next word.
    ///
    /// @throws ChildFailedException if it is another one, or none comes
    public Message expect(String word) throws InterruptedException {
        final Message message = inbox.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return checked(word, message == null ? Message.of("silent for " + PATIENCE.toSeconds() + " s") : message);
    }

    /// {@return the child's next word, or null if there was none within the time}
    /// @throws ChildFailedException if it is another one
    public Message poll(String word, Duration time) throws InterruptedException {
        final Message message = inbox.poll(time.toMillis(), TimeUnit.MILLISECONDS);
        return message == null ? null : checked(word, message);
    }

    /// {@return the exit code, or 128 and the number of the signal that ended the process; empty if it still runs
    /// after the time}
    public OptionalInt exitCode(Duration time) throws InterruptedException {
        return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)
                ? OptionalInt.of(process.exitValue())
                : OptionalInt.empty();
    }

    /// Ends the process and waits until it is gone.
    @Override
    public void close() {
        owned.close();
    }

    private Message checked(String word, Message message) throws InterruptedException {
        if (message.word().equals(word)) {
            return message;
        }
        if (message.word().equals(ChildFailedException.WORD)) {
            throw new ChildFailedException(message.text("outcome"), name + ": " + message.text("message"));
        }
        throw new ChildFailedException(
                ChildFailedException.FAILED, name + ": " + describe(message) + " instead of " + word);
    }

    private String describe(Message message) throws InterruptedException {
        if (message == GONE && process.waitFor(1, TimeUnit.SECONDS)) {
            return "ended with exit code " + process.exitValue();
        }
        return message.word();
    }

    private void read() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                inbox.add(Message.parse(line));
            }
        } catch (IOException gone) {
            // the same as the end of output
        } catch (IllegalArgumentException noMessage) {
            inbox.add(Message.of(noMessage.getMessage()));
        }
        inbox.add(GONE);
    }
}
