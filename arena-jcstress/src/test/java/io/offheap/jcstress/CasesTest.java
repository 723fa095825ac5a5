package io.offheap.jcstress;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The short form of all cases: no outcome that is forbidden comes up. What has come up is in `target/outcomes.txt`.
class CasesTest {

    private static final int MILLIS = Integer.getInteger("jcstress.millis", 400);

    /// Beyond this a case hangs: threads that wait for each other, or a lock that is held where it must not be.
    private static final Duration HANGS = Duration.ofMinutes(2);

    private static final Map<String, Map<String, Long>> SEEN = new TreeMap<>();

    @TestFactory
    List<DynamicTest> noForbiddenOutcome() {
        return ShortRun.names().stream().map(name -> dynamicTest(name, () -> run(name))).toList();
    }

    private static void run(String name) {
        final var seen = assertTimeoutPreemptively(HANGS, () -> new ShortRun(name).check(MILLIS));
        assertFalse(seen.isEmpty(), "nothing has come up");
        SEEN.put(name, seen);
    }

    @AfterAll
    static void writeDown() throws Exception {
        Files.write(Path.of("target", "outcomes.txt"),
                SEEN.entrySet().stream().map(one -> one.getKey() + " " + one.getValue()).toList());
    }
}
