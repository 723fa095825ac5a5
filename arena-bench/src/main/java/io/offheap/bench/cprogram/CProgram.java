package io.offheap.bench.cprogram;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.child.OwnedProcess;
import io.offheap.bench.turns.Cell;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A program of this package, `allocators.c` for one, compiled by the C compiler of this machine into a folder of its own, which [#close]
/// removes.
///
/// ## Concurrency
/// Used by one thread. A process that does not end in time is killed, and one that runs when this JVM ends.
final class CProgram implements AutoCloseable {

    private static final String SOURCE = "allocators.c";
    private static final String OUTPUT = "output";
    private static final String ERRORS = "errors";
    private static final List<String> COMPILERS = List.of("cc", "gcc", "clang");

    /// No `malloc` and `free` that the compiler knows all about: it would leave the pair out.
    private static final List<String> FLAGS =
            List.of("-std=gnu11", "-O2", "-pthread", "-fno-builtin-malloc", "-fno-builtin-free");

    private static final long COMPILE_SECONDS = 60;

    /// Besides run-in and slice: filling and emptying a table.
    private static final long MORE_SECONDS = 30;

    private static final int WRONG_BYTES = 3;

    private final Path folder;
    private final Path program;

    private CProgram(Path folder, Path program) {
        this.folder = folder;
        this.program = program;
    }

    /// {@return the compiler: `CC`, or one on the `PATH`}
    static Optional<String> compiler(Map<String, String> environment) {
        final String path = environment.getOrDefault("PATH", "");
        return Stream.concat(Stream.ofNullable(environment.get("CC")), COMPILERS.stream())
                .filter(name -> !name.isBlank())
                .flatMap(name -> name.contains(File.separator)
                        ? Stream.of(Path.of(name))
                        : Arrays.stream(path.split(File.pathSeparator)).map(place -> Path.of(place, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    /// {@return the program, compiled}
    ///
    /// @param more flags besides the usual ones
    /// @throws IOException with what the compiler said, if it fails
    static CProgram compile(String compiler, String... more) throws IOException, InterruptedException {
        return compileSource(SOURCE, compiler, more);
    }

    /// {@return another program of this package, compiled}
    ///
    /// @param name of the source
    /// @param more flags besides the usual ones
    /// @throws IOException with what the compiler said, if it fails
    static CProgram compileSource(String name, String compiler, String... more) throws IOException, InterruptedException {
        final Path folder = Files.createTempDirectory("offheap-bench-");
        final CProgram compiled = new CProgram(folder, folder.resolve(name.substring(0, name.indexOf('.'))));
        compiled.deleteAtEnd(name);
        try {
            try (InputStream source = Objects.requireNonNull(CProgram.class.getResourceAsStream(name), name)) {
                Files.copy(source, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
            final List<String> command = new ArrayList<>(List.of(compiler));
            command.addAll(FLAGS);
            command.addAll(List.of(more));
            command.addAll(List.of("-o", compiled.program.toString(), folder.resolve(name).toString()));
            final Finished finished = run(new ProcessBuilder(command), folder, COMPILE_SECONDS);
            if (finished.code() != 0) {
                throw new IOException(String.join(" ", command) + " failed: " + finished.errors());
            }
            return compiled;
        } catch (IOException | RuntimeException | InterruptedException failed) {
            compiled.close();
            throw failed;
        }
    }

    /// Has the JVM remove the folder if it ends before [#close], the last one named first.
    private void deleteAtEnd(String source) {
        for (Path path : List.of(folder, folder.resolve(source), program, folder.resolve(OUTPUT), folder.resolve(ERRORS))) {
            path.toFile().deleteOnExit();
        }
    }

    /// Runs one slice in a process of its own.
    ///
    /// @param library what is preloaded, or nothing
    /// @return what the program said
    /// @throws ChildFailedException if it failed
    Message run(Cell cell, Optional<Path> library, long runInMillis, long sliceMillis)
            throws IOException, InterruptedException {
        final ProcessBuilder builder = new ProcessBuilder(
                program.toString(),
                cell.workload(),
                Integer.toString(cell.threads()),
                Long.toString(cell.size()),
                Long.toString(runInMillis),
                Long.toString(sliceMillis));
        library.ifPresent(file -> builder.environment().put("LD_PRELOAD", file.toString()));
        return said(builder, MORE_SECONDS + TimeUnit.MILLISECONDS.toSeconds(runInMillis + sliceMillis));
    }

    /// Runs it once, with these arguments.
    ///
    /// @return what the program said
    /// @throws ChildFailedException if it failed
    Message run(String... arguments) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        return said(new ProcessBuilder(command), MORE_SECONDS);
    }

    private Message said(ProcessBuilder builder, long seconds) throws IOException, InterruptedException {
        final Finished finished = run(builder, folder, seconds);
        if (finished.code() != 0 || !finished.errors().isEmpty()) {
            throw new ChildFailedException(
                    finished.code() == WRONG_BYTES ? "wrong-bytes" : ChildFailedException.FAILED,
                    "exit code " + finished.code() + ": " + finished.errors());
        }
        return Message.parse(finished.output());
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /// Output goes to files, which need no one to read them while the process runs.
    private static Finished run(ProcessBuilder builder, Path folder, long seconds)
            throws IOException, InterruptedException {
        final Path output = folder.resolve(OUTPUT);
        final Path errors = folder.resolve(ERRORS);
        builder.redirectOutput(output.toFile()).redirectError(errors.toFile());
        try (OwnedProcess owned = OwnedProcess.start(builder)) {
            final Process process = owned.process();
            return process.waitFor(seconds, TimeUnit.SECONDS)
                    ? new Finished(process.exitValue(), text(output), text(errors))
                    : new Finished(-1, "", "not done within " + seconds + " s");
        }
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8).strip();
    }

    private record Finished(int code, String output, String errors) {}
}
