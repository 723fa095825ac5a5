package io.offheap.jcstress;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.runners.ForkedTestConfig;
import org.openjdk.jcstress.infra.runners.Runner;
import org.openjdk.jcstress.infra.runners.SpinLoopStyle;
import org.openjdk.jcstress.infra.runners.TestList;

/// Runs a case in this process, for a short time: the short form, for every build.
///
/// The harness proper forks a JVM for each case and each way of compiling it, and probes the JVM with a score of further
/// ones before; here a generated runner is handed its configuration directly. Between two states the threads meet in a
/// loop that yields, so a machine with fewer processors than threads makes progress too.
public final class ShortRun {

    /// Of independent cases: states that the threads pass through between two waits for each other, and how often.
    private static final int STRIDE = 8;
    private static final int STRIDES = 32;

    private static final int FOOTPRINT_MB = 64;

    private final TestInfo info;

    /// @param name of a case, one of [#names]
    public ShortRun(String name) {
        this.info = TestList.getInfo(name);
    }

    /// {@return the names of all cases, in order}
    public static List<String> names() {
        return TestList.tests().stream().sorted().toList();
    }

    /// Lets the threads of the case meet for some time.
    ///
    /// @param millis how long
    /// @return how often each outcome was seen
    /// @throws AssertionError if an outcome is forbidden, or the case has failed
    public Map<String, Long> check(int millis) throws ReflectiveOperationException, IOException {
        final var result = runner(millis).run();
        if (result.status() != Status.NORMAL) {
            throw new AssertionError(info.name() + ": " + result.status() + String.join("\n", result.getMessages()));
        }
        final var seen = new TreeMap<String, Long>();
        result.getStateKeys().forEach(outcome -> seen.put(outcome, result.getCount(outcome)));
        seen.keySet().forEach(outcome -> requireAllowed(outcome, seen));
        return seen;
    }

    private Runner<?> runner(int millis) throws ReflectiveOperationException, IOException {
        return (Runner<?>) Class.forName(info.generatedRunner()).getConstructor(ForkedTestConfig.class)
                .newInstance(configuration(millis));
    }

    /// The order of fields is that of [ForkedTestConfig#write].
    private ForkedTestConfig configuration(int millis) throws ReflectiveOperationException, IOException {
        final boolean independent = Independent.class.isAssignableFrom(Class.forName(info.binaryName()));
        final var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeInt(SpinLoopStyle.THREAD_YIELD.ordinal());
            out.writeInt(millis);
            out.writeInt(1);
            out.writeUTF(info.generatedRunner());
            out.writeInt(FOOTPRINT_MB);
            out.writeInt(independent ? STRIDE : 1);
            out.writeInt(independent ? STRIDES : 1);
            out.writeBoolean(false);
        }
        return new ForkedTestConfig(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    }

    private void requireAllowed(String outcome, Map<String, Long> seen) {
        final var grade = info.cases().stream().filter(one -> one.matchesExactly(outcome)).findFirst()
                .or(() -> info.cases().stream().filter(one -> one.matches(outcome)).findFirst())
                .orElse(info.unmatched());
        if (grade.expect() != Expect.ACCEPTABLE && grade.expect() != Expect.ACCEPTABLE_INTERESTING) {
            throw new AssertionError("%s: %s: %s %s, of %s".formatted(
                    info.name(), outcome, grade.expect(), grade.description(), seen));
        }
    }
}
