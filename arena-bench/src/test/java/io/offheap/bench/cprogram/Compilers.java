package io.offheap.bench.cprogram;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// For tests that compile C. A compiler may be there without the headers of the C library or without a linker, and
/// a folder for temporary files in which nothing can be run.
public final class Compilers {

    private static final String SOURCE = """
            #include <pthread.h>
            #include <stdio.h>
            #include <sys/mman.h>
            #include <time.h>
            static void *run(void *nothing) { return nothing; }
            int main(void) { pthread_t thread; return pthread_create(&thread, 0, run, 0) | pthread_join(thread, 0); }
            """;

    private Compilers() {}

    /// {@return a compiler that makes a program with threads, which runs} Skips the test where there is none, and says why.
    static String assume() throws IOException, InterruptedException {
        final Optional<String> compiler = CProgram.compiler(System.getenv());
        if (compiler.isEmpty()) {
            skip("no C compiler");
        }
        assumeNoneOrWorking();
        return compiler.orElseThrow();
    }

    /// Skips the test where there is a compiler but nothing of it runs, and says why.
    public static void assumeNoneOrWorking() throws IOException, InterruptedException {
        final Optional<String> compiler = CProgram.compiler(System.getenv());
        if (compiler.isPresent()) {
            final String complaint = complaint(compiler.get());
            if (!complaint.isEmpty()) {
                skip(compiler.get() + " makes no program that runs: " + complaint);
            }
        }
    }

    static void skip(String reason) {
        System.out.println("skipped: " + reason);
        Assumptions.abort(reason);
    }

    /// {@return what is in the way, or nothing if it makes a program that runs}
    private static String complaint(String compiler) throws IOException, InterruptedException {
        final Path folder = Files.createTempDirectory("offheap-compiler-");
        final Path source = Files.writeString(folder.resolve("threads.c"), SOURCE);
        final Path program = folder.resolve("threads");
        try {
            final Process process = new ProcessBuilder(
                            List.of(compiler, "-pthread", "-o", program.toString(), source.toString()))
                    .redirectErrorStream(true)
                    .start();
            final String said = new String(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) {
                return said;
            }
            final int code = new ProcessBuilder(program.toString()).start().waitFor();
            return code == 0 ? "" : "its exit code is " + code;
        } catch (IOException refused) {
            return refused.toString();
        } finally {
            for (Path file : List.of(program, source, folder)) {
                Files.deleteIfExists(file);
            }
        }
    }
}
