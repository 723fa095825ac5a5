package io.offheap.bench;

import java.io.PrintWriter;
import java.io.StringWriter;

/// Runs a command of `./arena` in this JVM.
public final class Commands {

    private Commands() {}

    /// What came of it.
    ///
    /// @param exitCode as of the process
    /// @param output   what it printed
    /// @param errors   what it complained about
    public record Result(int exitCode, String output, String errors) {

        /// {@return the last line that it printed}
        public String lastLine() {
            return output.lines().reduce("", (_, line) -> line);
        }
    }

    /// {@return what came of a command line}
    public static Result run(String... arguments) {
        final var output = new StringWriter();
        final var errors = new StringWriter();
        final int exitCode = Main.commandLine()
                .setOut(new PrintWriter(output, true)).setErr(new PrintWriter(errors, true)).execute(arguments);
        return new Result(exitCode, output.toString(), errors.toString());
    }
}
