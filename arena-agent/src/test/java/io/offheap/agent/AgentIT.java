package io.offheap.agent;

import static io.offheap.agent.ChildJvm.agent;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.tools.attach.VirtualMachine;
import io.offheap.agent.ChildJvm.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs that know nothing of the agent, under the jar as it is shipped, in JVMs of their own.
class AgentIT {

    private static final String GRANTED = "--enable-native-access=ALL-UNNAMED";
    private static final Pattern CALLS = Pattern.compile("ByteBuffer\\.allocateDirect: (\\d+) sites, (\\d+) calls");

    /// The program, the arguments of its command, and what it prints.
    private static final Pattern README = Pattern.compile(
            "## Without touching code\n\n```java\n(.*?)```\n\n```\n\\$ java (.*?)\n(.*?)```", Pattern.DOTALL);

    private static final String BUFFERS_SUMMARY =
            "arena-agent: redirected 7 call sites in 1 classes (ByteBuffer.allocateDirect: 7 sites, 7 calls)";

    @TempDir
    Path directory;

    private static String tests() throws Exception {
        return Path.of(AgentIT.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    private Result run(String... arguments) throws IOException, InterruptedException {
        final var all = new ArrayList<>(List.of("--illegal-native-access=deny"));
        all.addAll(Arrays.asList(arguments));
        return ChildJvm.run(directory, all);
    }

    private static void assertRan(Result result, String... out) {
        assertEquals(List.of(out), result.out(), result::toString);
        assertEquals(0, result.exit(), result::toString);
    }

    @Test
    void programOnTheClassPathIsRedirectedAndSaysSoInOneLine() throws Exception {
        final var result = run(agent(""), GRANTED, "-cp", tests(), "program.Buffers");
        assertRan(result, "done");
        assertEquals(List.of(BUFFERS_SUMMARY), result.error());
    }

    @Test
    void programOfTheReadmeDoesWhatIsShown() throws Exception {
        final var shown = README.matcher(Files.readString(Path.of("..", "README.md")));
        assertTrue(shown.find(), "the README has no such section");
        final var source = Files.writeString(directory.resolve("Program.java"), shown.group(1));
        final var arguments = shown.group(2).replace("arena-agent.jar", System.getProperty("agent.jar"))
                .replace("Program.java", source.toString()).split(" ");
        final var result = run(arguments);
        assertRan(result, "42 true");
        final var lines = new ArrayList<>(result.out());
        lines.addAll(result.error());
        assertEquals(shown.group(3).lines().toList(), lines);
    }

    @Test
    void arenasAreRedirectedOnOption() throws Exception {
        final var result = run(agent("arenas=on"), GRANTED, "-cp", tests(), "program.Buffers");
        assertRan(result, "done");
        assertEquals(List.of("arena-agent: redirected 12 call sites in 1 classes (ByteBuffer.allocateDirect: 7 sites, 7 calls;"
                + " Arena.ofConfined: 2 sites, 2 calls; Arena.ofShared: 1 sites, 1 calls; Arena.ofAuto: 1 sites, 1 calls;"
                + " Arena.global: 1 sites, 1 calls)"), result.error());
    }

    @Test
    void excludedProgramIsNotRedirected() throws Exception {
        final var result = run(agent("exclude=program.*,log=summary"), GRANTED, "-cp", tests(), "program.Buffers");
        assertRan(result, "done");
        assertEquals(List.of("arena-agent: redirected 0 call sites in 0 classes"), result.error());
    }

    @Test
    void programRunsOnTheBaseModuleAlone() throws Exception {
        final var result = run(agent(""), GRANTED, "--limit-modules", "java.base", "-cp", tests(), "program.Buffers");
        assertRan(result, "done");
        assertEquals(List.of(BUFFERS_SUMMARY), result.error());
    }

    @Test
    void namedModuleIsRedirectedThoughItRequiresNothingOfUs() throws Exception {
        final var module = directory.resolve("module");
        Files.createDirectories(module.resolve("program"));
        Files.copy(Path.of(tests(), "program", "Buffers.class"), module.resolve("program/Buffers.class"));
        final var source = Files.writeString(directory.resolve("module-info.java"), "module program { }");
        assertEquals(0, ToolProvider.findFirst("javac").orElseThrow()
                .run(System.out, System.err, "-d", module.toString(), source.toString()));
        final var result = run(agent(""), GRANTED, "--module-path", module.toString(), "--module", "program/program.Buffers");
        assertRan(result, "done");
        assertEquals(List.of(BUFFERS_SUMMARY), result.error());
    }

    @Test
    void withoutNativeAccessTheProgramRunsOnTheJdkAndTheFlagIsNamed() throws Exception {
        final var result = run(agent(""), "-cp", tests(), "program.Buffers");
        assertRan(result, "done");
        assertEquals(2, result.error().size(), result::toString);
        assertTrue(result.error().getFirst().contains("--enable-native-access=ALL-UNNAMED grants it"), result::toString);
        assertEquals(BUFFERS_SUMMARY, result.error().getLast());
    }

    @Test
    void wrongOptionStopsTheStart() throws Exception {
        final var result = run(agent("arenas=maybe"), GRANTED, "-cp", tests(), "program.Buffers");
        assertNotEquals(0, result.exit());
        assertTrue(!result.out().contains("done"), result::toString);
        assertTrue(String.join("\n", result.error()).contains("'arenas' is 'maybe'"), result::toString);
    }

    @Test
    void callsOfUnsafeCleanersBehaveAsBefore() throws Exception {
        final var source = Path.of(tests(), "program", "Cleaners.java").toString();
        final var result = run(agent(""), GRANTED, "--sun-misc-unsafe-memory-access=allow", source);
        assertRan(result, "refused: duplicate or slice", "held: 10", "done");
        assertEquals("arena-agent: redirected 4 call sites in 1 classes (ByteBuffer.allocateDirect: 2 sites, 101 calls;"
                + " Unsafe.invokeCleaner: 2 sites, 101 calls)", result.error().getLast());
    }

    @Test
    void databaseRunsInRedirectedBuffers() throws Exception {
        final var result = run(agent(""), GRANTED, "-cp", System.getProperty("java.class.path"), "program.Sql");
        assertRan(result, "87482500 5000 86", "done");
        assertCalled(result);
    }

    @Test
    void webServerRunsOnRedirectedBuffers() throws Exception {
        final var result = run(agent(""), GRANTED, "-cp", System.getProperty("java.class.path"), "program.Http");
        assertRan(result, "100 of 100", "done");
        assertCalled(result);
    }

    @Test
    @Timeout(120)
    void runningProgramIsRedirectedFromTheMomentOfAttaching() throws Exception {
        final var error = directory.resolve("error").toFile();
        final var redefined = directory.resolve("redefined");
        final var process = new ProcessBuilder(ChildJvm.command(List.of(GRANTED, "--illegal-native-access=deny",
                "-XX:+EnableDynamicAgentLoading", "-Xlog:redefine+class+load=info:file=" + redefined + ":none", "-cp", tests(), "program.Waiting"))).redirectError(error).start();
        try (var out = process.inputReader(); var in = process.outputWriter()) {
            assertEquals("done", out.readLine());
            assertEquals("waiting", out.readLine());
            final var machine = VirtualMachine.attach(Long.toString(process.pid()));
            machine.loadAgent(System.getProperty("agent.jar"));
            machine.loadAgent(System.getProperty("agent.jar"), "arenas=on");
            machine.detach();
            in.write("\n");
            in.flush();
            assertEquals("done", out.readLine());
            assertEquals(0, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
        assertEquals(List.of(BUFFERS_SUMMARY), Files.readAllLines(error.toPath()));
        assertEquals(List.of("redefined name=program.Buffers, count=1"), namesRedefined(redefined), "what had nothing to redirect");
    }

    private static List<String> namesRedefined(Path log) throws IOException {
        try (var lines = Files.lines(log)) {
            return lines.filter(line -> line.startsWith("redefined ")).map(line -> line.replaceFirst(" \\(.*", "")).toList();
        }
    }

    private static void assertCalled(Result result) {
        final var found = CALLS.matcher(result.error().getLast());
        assertTrue(found.find(), result::toString);
        assertTrue(Long.parseLong(found.group(1)) > 0 && Long.parseLong(found.group(2)) > 0, result::toString);
    }
}
