package io.offheap.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A JVM of its own, of the release that runs the tests.
final class ChildJvm {

    private static final long LONGEST_SECONDS = 120;

    /// What a program left behind.
    ///
    /// @param out   lines of its standard output
    /// @param error lines of its standard error
    record Result(int exit, List<String> out, List<String> error) {}

    private ChildJvm() {}

    /// {@return the option that loads the agent as it is shipped}
    static String agent(String options) {
        return "-javaagent:" + System.getProperty("agent.jar") + (options.isEmpty() ? "" : "=" + options);
    }

    /// Runs it to its end.
    ///
    /// @param directory takes what it prints
    static Result run(Path directory, List<String> arguments) throws IOException, InterruptedException {
        final var out = Files.createTempFile(directory, "out", "");
        final var error = Files.createTempFile(directory, "error", "");
        final var command = command(arguments);
        final var process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(error.toFile()).start();
        try {
            assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), () -> "still running: " + command);
        } finally {
            process.destroyForcibly();
        }
        return new Result(process.exitValue(), Files.readAllLines(out), Files.readAllLines(error));
    }

    static List<String> command(List<String> arguments) {
        final var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash"));
        command.addAll(arguments);
        return command;
    }
}
