package io.offheap.bench.cprogram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.result.Result;
import io.offheap.bench.turns.Cell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CProgramTest {

    @Test
    void compilesWithoutWarningsAndRunsEveryWorkload() throws Exception {
        final String compiler = Compilers.assume();
        try (CProgram program = CProgram.compile(compiler, "-Wall", "-Wextra", "-Werror")) {
            for (Cell cell : List.of(
                    new Cell("latency", 1, 64),
                    new Cell("latency", 3, 64),
                    new Cell("latency-write", 1, 4096),
                    new Cell("latency-batch100", 1, 64),
                    new Cell("mixed", 2, 0))) {
                final Message said = measured(program, cell);
                assertTrue(said.number("threadNanos") > 0 && said.number("cpuNanos") > 0, said::toString);
            }
            final Message many = program.run(new Cell("mixed-200k", 1, 0), Optional.empty(), 1, 5);
            assertTrue(many.number("grownBytes") > many.number("liveBytes"), many::toString);
            assertEquals("SLICED", program.run(new Cell("crossthread", 2, 64), Optional.empty(), 1, 20).word());
        }
    }

    /// On a busy machine a thread may not get to a processor within a short slice.
    private static Message measured(CProgram program, Cell cell) throws Exception {
        Message said = program.run(cell, Optional.empty(), 1, 20);
        for (long longer = 40; said.number("operations") == 0; longer *= 2) {
            said = program.run(cell, Optional.empty(), 1, longer);
        }
        return said;
    }

    @Test
    void forksAndWritesAndSaysHowLongItTook() throws Exception {
        final String compiler = Compilers.assume();
        try (CProgram program = CProgram.compileSource("fork.c", compiler, "-Wall", "-Wextra", "-Werror")) {
            final Message said = program.run("2", "16");
            assertEquals("FORKED", said.word());
            assertTrue(said.number("forkNanos") > 0 && said.number("firstWriteNanos") > 0, said::toString);
            final var wrong = assertThrows(ChildFailedException.class, () -> program.run("2", "513"));
            assertTrue(wrong.getMessage().contains("usage"), wrong::getMessage);
        }
        final var results = KernelFork.measure(1 << 20, 2);
        assertEquals(List.of("vm-fork", "vm-worst-first-write"), results.stream().map(Result::workload).toList());
    }

    @Test
    void whatFailsIsSaid() throws Exception {
        final String compiler = Compilers.assume();
        try (CProgram program = CProgram.compile(compiler)) {
            final var unknown = assertThrows(
                    ChildFailedException.class, () -> program.run(new Cell("nothing", 1, 8), Optional.empty(), 1, 1));
            assertTrue(unknown.getMessage().contains("no workload nothing"), unknown::getMessage);
            final var preload = assertThrows(
                    ChildFailedException.class,
                    () -> program.run(new Cell("latency", 1, 8), Optional.of(Path.of("/nowhere/lib.so")), 1, 1));
            assertTrue(preload.getMessage().contains("/nowhere/lib.so"), preload::getMessage);
        }
    }

    @Test
    void theCompilerIsTheOneThatIsNamedOrOneOnThePath(@TempDir Path folder) throws Exception {
        assertTrue(CProgram.compiler(Map.of("PATH", folder.toString())).isEmpty());
        final Path gcc = executable(folder.resolve("gcc"));
        assertEquals(gcc.toString(), CProgram.compiler(Map.of("PATH", "/nowhere:" + folder)).orElseThrow());
        final Path own = executable(folder.resolve("own"));
        assertEquals(
                own.toString(),
                CProgram.compiler(Map.of("PATH", folder.toString(), "CC", own.toString())).orElseThrow());
    }

    private static Path executable(Path file) throws Exception {
        Files.createFile(file);
        assertTrue(file.toFile().setExecutable(true));
        if (!Files.isExecutable(file)) {
            Compilers.skip("nothing in " + file.getParent() + " can be run");
        }
        return file;
    }
}
