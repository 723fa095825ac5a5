package io.offheap.bench.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorsCommandTest {

    @TempDir
    private Path folder;

    @Test
    void everyScenarioOfTheSemanticsComesTrue() throws Exception {
        final var file = Path.of(VectorsCommandTest.class.getResource("vm.txt").toURI());
        final var result = Commands.run("vectors", file.toString());
        assertEquals("80 passed, 0 failed", result.lastLine(), result.output());
        assertEquals(0, result.exitCode());
    }

    /// What the scenarios of the semantics leave out of the truth table and of the rules of the operations.
    @Test
    void everyScenarioOfTheRulesComesTrue() throws Exception {
        final var file = Path.of(VectorsCommandTest.class.getResource("vm-rules.txt").toURI());
        final var result = Commands.run("vectors", file.toString());
        assertEquals("256 passed, 0 failed", result.lastLine(), result.output());
        assertEquals(0, result.exitCode());
    }

    @Test
    void failureNamesScenarioOperationAndAnswer() throws IOException {
        final var result = run("""
                # a comment
                X1|here|wrong|space A; A.mmap 10 1 anon; A.w 10 a; A.r 10 => BUS; A.r 10 => c

                X2|here|right|space A; A.mmap 10 1 anon; A.w 10 a; A.r 10 => a
                X3|here|unknown|space A; A.frobnicate 1 2
                X4|here|error where none is expected|space A; A.w 10 a
                """);
        assertEquals("""
                X1 FAIL op 3 'A.r 10': expected BUS, got a
                X3 FAIL op 1 'A.frobnicate 1 2': expected ok, got unknown op
                X4 FAIL op 1 'A.w 10 a': expected ok, got SEGV
                1 passed, 3 failed
                """, result.output());
        assertEquals(1, result.exitCode());
    }

    @Test
    void mappingsThatCannotBeUnderstoodAreNamed() throws IOException {
        final var result = run("""
                X1|here|nothing|space A; A.mmap 0 1 nothing
                X2|here|no names|space A; A.mmap 0 1 :
                X3|here|no names, one more|space A; A.mmap 0 1 ::
                X4|here|no such kind|space A; file F 1; A.mmap 0 1 F:0:both
                X5|here|too much|space A; file F 1; A.mmap 0 1 F:0:shared:
                """);
        assertEquals("""
                X1 FAIL op 1 'A.mmap 0 1 nothing': expected ok, got no mapping: nothing
                X2 FAIL op 1 'A.mmap 0 1 :': expected ok, got no mapping: :
                X3 FAIL op 1 'A.mmap 0 1 ::': expected ok, got no mapping: ::
                X4 FAIL op 2 'A.mmap 0 1 F:0:both': expected ok, got no mapping: F:0:both
                X5 FAIL op 2 'A.mmap 0 1 F:0:shared:': expected ok, got no mapping: F:0:shared:
                0 passed, 5 failed
                """, result.output());
    }

    @Test
    void spaceBetweenWordsIsFree() throws IOException {
        final var result = run("""
                  # a comment that begins further right
                X1|here|tabs and spaces|  space\tA ;A.mmap 0 1  anon;; A.mmap 2 1 anon;A.r 0=>0; A.vmas  =>  0-1   2-3  ;
                """);
        assertEquals("1 passed, 0 failed\n", result.output());
    }

    @Test
    void fileThatCannotBeReadIsAnErrorOfItsOwn() {
        final var result = Commands.run("vectors", folder.resolve("none").toString());
        assertEquals(2, result.exitCode());
        assertTrue(result.errors().contains("none"), result.errors());
    }

    /// Answers that the scenarios of the semantics do not ask for.
    @Test
    void wholeGlossaryIsUnderstood() throws IOException {
        final var result = run("""
                G1|glossary|counts|space A; A.mmap 0 2 anon; A.w 0 a; A.fork B; cows => 0; B.w 0 b; cows => 1; A.res 0 2 => 1
                G2|glossary|private hole|space A; private hole; file F 1 x; A.mmap 0 1 F:0:private; F.vol 0 1; purge => 1; A.r 0 => BUS; private veto
                G3|glossary|failalloc|space A; A.mmap 0 2 anon; failalloc 1; A.w 0 a; A.w 1 b => ENOMEM; A.vol 0 1 => ENOMEM; A.r 1 => 0; failalloc off; A.w 1 b; A.r 1 => b
                G4|glossary|close|space A; file F 1 x; A.mmap 0 1 F:0:shared; F.close => mapped; A.munmap 0 1; F.close
                G5|glossary|exec and exit|space A; A.mmap 0 1 anon; A.exec; A.vmas => ; A.exit; A.r 0 => ESRCH
                G6|glossary|names are unique|space A; space A => EEXIST; file A 1 => EEXIST; A.fork A => EEXIST
                G7|glossary|numbers that overflow|space A; A.mmap 9223372036854775807 1 anon => EINVAL; A.munmap 0 9223372036854775807 => EINVAL
                T1|k4|ties by address|space A; A.mmap 0 5 anon; A.w 0 a; A.w 1 b; A.w 3 d; A.w 4 e; A.vol 0 5 partial; A.novol 2 1 => 0; purge 1 => 1; A.r 0 => BUS; A.r 3 => d; A.r 1 => b; purge 2 => 2; A.r 1 => BUS; A.r 3 => BUS; A.r 4 => e
                T2|k4|fork keeps the time, older space first|space A; A.mmap 0 1 anon; A.w 0 a; A.vol 0 1; A.fork B; B.w 0 b; purge 1 => 1; A.r 0 => BUS; B.r 0 => b
                T3|k4|files after spaces|space A; file F 1 x; A.mmap 0 1 anon; A.w 0 a; F.vol 0 1; A.vol 0 1; purge 1 => 1; A.r 0 => a; purge 1 => 1; A.r 0 => BUS
                T4|k5|lazy after volatile|space A; A.mmap 0 2 anon; A.w 0 a; A.w 1 b; A.free 0 1; A.vol 1 1; purge 1 => 1; A.r 0 => a; A.r 1 => BUS; purge => 1; A.r 0 => 0
                """);
        assertEquals("11 passed, 0 failed\n", result.output());
    }

    private Commands.Result run(String lines) throws IOException {
        return Commands.run("vectors", Files.writeString(folder.resolve("some.txt"), lines).toString());
    }
}
