package io.offheap.bench.cprogram;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// The kernel's fork of a program written in C, whose memory is as large as that of a space that is forked: `fork.c`.
public final class KernelFork {

    private static final String SOURCE = "fork.c";
    private static final String CONTESTANT = "c-fork";

    /// Pages that the child writes, far from each other.
    private static final int WRITES = 16;

    private KernelFork() {}

    /// Measures forks, and first writes after them. Each fork is one of a new process.
    ///
    /// @param bytes  written before, whole mebibytes
    /// @param rounds how often
    /// @return elapsed times; nothing if there is no C compiler, or none that makes a program, which is said
    public static List<Result> measure(long bytes, int rounds) throws IOException, InterruptedException {
        final Optional<String> compiler = CProgram.compiler(System.getenv());
        if (compiler.isEmpty()) {
            System.out.println("no C compiler, left out: the kernel's fork");
            return List.of();
        }
        final List<Message> messages = new ArrayList<>();
        try (CProgram program = CProgram.compileSource(SOURCE, compiler.get())) {
            for (int round = 0; round < rounds; round++) {
                messages.add(program.run(Long.toString(bytes >> 20), Integer.toString(WRITES)));
            }
        } catch (ChildFailedException failed) {
            return List.of(Result.of("vm-fork", CONTESTANT, Metric.TIME)
                    .size(bytes)
                    .outcome(failed.outcome())
                    .note(failed.getMessage())
                    .build());
        } catch (IOException unusable) {
            System.out.println("no program of the C compiler, left out: the kernel's fork: " + unusable.getMessage());
            return List.of();
        }
        return List.of(
                result("vm-fork", bytes, messages, message -> message.number("forkNanos")),
                result("vm-worst-first-write", bytes, messages, message -> message.number("firstWriteNanos")));
    }

    private static Result result(String workload, long bytes, List<Message> messages, ToDoubleFunction<Message> figure) {
        return Result.of(workload, CONTESTANT, Metric.TIME)
                .threads(1)
                .size(bytes)
                .figures(Spread.of(messages.stream().mapToDouble(figure)), messages.size())
                .build();
    }
}
