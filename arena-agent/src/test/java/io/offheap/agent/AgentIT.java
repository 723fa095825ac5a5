package io.offheap.agent;

import static io.offheap.agent.ChildJvm.agent;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.tools.attach.VirtualMachine;
import io.offheap.agent.ChildJvm.Result;
import java.io.File;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.instruction.DiscontinuedInstruction.JsrInstruction;
import java.lang.classfile.instruction.DiscontinuedInstruction.RetInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
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

    private static final ClassDesc BYTE_BUFFER = ClassDesc.of("java.nio.ByteBuffer");

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
        final var arguments = Arrays.stream(shown.group(2).split(" "))
                .map(word -> word.replace("arena-agent.jar", System.getProperty("agent.jar")).replace("Program.java", source.toString()))
                .toArray(String[]::new);
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

    /// As the JDK has it: ten bytes are ten buffers of one.
    @Test
    void lowLimitOfDirectMemoryCountsCapacities() throws Exception {
        assertRan(run(agent(""), GRANTED, "-XX:MaxDirectMemorySize=10", "-cp", tests(), "program.Limit", "1"), "10");
        assertRan(run(agent(""), GRANTED, "-XX:MaxDirectMemorySize=1k", "-cp", tests(), "program.Limit", "100"), "10");
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

    /// From the first version on, those before 7 with subroutines, and with features of a preview.
    @Test
    void classFilesOfEveryVersionAreRedirected() throws Exception {
        final var names = new ArrayList<String>();
        for (int version = ClassFile.JAVA_1_VERSION; version <= ClassFile.latestMajorVersion(); version++) {
            names.add(compile("V" + version, version, 0));
        }
        names.add(compile("Preview", ClassFile.latestMajorVersion(), ClassFile.PREVIEW_MINOR_VERSION));
        final var arguments = new ArrayList<>(List.of(agent(""), GRANTED, "--enable-preview", "-Xverify:all",
                "-cp", tests() + File.pathSeparator + directory, "program.Classes"));
        arguments.addAll(names);
        final var result = run(arguments.toArray(String[]::new));
        final var printed = names.stream().map(name -> name + " 7");
        assertRan(result, Stream.concat(printed, Stream.of("done")).toArray(String[]::new));
        final int count = names.size();
        assertEquals("arena-agent: redirected %d call sites in %d classes (ByteBuffer.allocateDirect: %d sites, %d calls)"
                .formatted(count, count, count, count), result.error().getLast());
    }

    private String compile(String name, int major, int minor) throws IOException {
        final var call = (Consumer<CodeBuilder>) code -> code.bipush(7)
                .invokestatic(BYTE_BUFFER, "allocateDirect", MethodTypeDesc.of(BYTE_BUFFER, ConstantDescs.CD_int))
                .invokevirtual(BYTE_BUFFER, "capacity", MethodTypeDesc.of(ConstantDescs.CD_int));
        final var file = ClassFile.of(ClassFile.StackMapsOption.DROP_STACK_MAPS).build(ClassDesc.of(name), builder -> builder
                .withVersion(major, minor).withFlags(ClassFile.ACC_PUBLIC)
                .withMethodBody("run", MethodTypeDesc.of(ConstantDescs.CD_int), ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                        code -> {
                            if (major < ClassFile.JAVA_7_VERSION) {
                                inSubroutine(code, call);
                            } else {
                                call.accept(code);
                                code.ireturn();
                            }
                        }));
        Files.write(directory.resolve(name + ".class"), file);
        return name;
    }

    private static void inSubroutine(CodeBuilder code, Consumer<CodeBuilder> call) {
        final var subroutine = code.newLabel();
        code.with(JsrInstruction.of(subroutine)).iload(0).ireturn().labelBinding(subroutine).astore(1);
        call.accept(code);
        code.istore(0).with(RetInstruction.of(1));
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
