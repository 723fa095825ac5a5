package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// [PlainProgram] in JVMs that are on another platform, as far as the library can see, or that allow it less.
class ElsewhereTest {

    private static final Pattern INITIALISED = Pattern.compile("Initializing 'io/offheap/memory/os/(\\w+)'");

    private static final List<String> WORKS_WITHOUT_SYSTEM_PAGES = List.of(
            "created: well",
            "blocks: zero, purged true, counted true, volatile false",
            "volatile: PURGED",
            "buffers: 7text");

    @TempDir
    Path directory;

    /// {@return what the program said, as far as it is not about what only pages of the operating system can do}
    private static List<String> surfaces(List<String> lines) {
        return lines.stream().filter(line -> WORKS_WITHOUT_SYSTEM_PAGES.stream()
                .anyMatch(expected -> line.startsWith(expected.substring(0, expected.indexOf(' '))))).toList();
    }

    @ParameterizedTest
    @CsvSource({"Mac OS X, aarch64", "Windows 11, amd64", "Linux, riscv64"})
    void anotherPlatformHasPortablePagesAndInitialisesNothingThatLinksNativeCode(String osName, String osArch)
            throws Exception {
        final var log = directory.resolve("classes");
        final var lines = new ChildJvm(directory).runOnClassPath(PlainProgram.class, List.of(
                "-Dos.name=" + osName, "-Dos.arch=" + osArch, "--illegal-native-access=deny",
                "--enable-native-access=ALL-UNNAMED", "-Xlog:class+init=info:file=" + log));
        assertEquals(WORKS_WITHOUT_SYSTEM_PAGES, surfaces(lines), lines::toString);
        final var reason = "portable: " + osName + " " + osArch + " has no others here";
        assertTrue(lines.contains("domain: java.lang.UnsupportedOperationException: address spaces need pages of the operating "
                + "system; those of this process are " + reason), lines::toString);
        assertTrue(lines.contains("budget: java.lang.UnsupportedOperationException: budgets need pages of the operating "
                + "system; those of this process are " + reason), lines::toString);
        assertEquals(1, lines.stream().filter(line -> line.contains("pages are portable (" + osName)).count(),
                lines::toString);
        final var initialised = new TreeSet<String>();
        INITIALISED.matcher(Files.readString(log)).results().forEach(match -> initialised.add(match.group(1)));
        assertTrue(initialised.containsAll(List.of("PortableMemory", "PortableFiles", "RawMemory")), initialised::toString);
        for (final var linking : List.of("LinuxMemory", "LinuxFiles", "Downcall")) {
            assertFalse(initialised.contains(linking), initialised::toString);
        }
    }

    @Test
    void portablePagesCanBeForcedAndThoseOfTheSystemInsistedOn() throws Exception {
        final var child = new ChildJvm(directory);
        final var allowed = "--enable-native-access=ALL-UNNAMED";
        final var forced = child.runOnClassPath(PlainProgram.class, List.of("-Dio.offheap.pages=portable", allowed));
        assertEquals(WORKS_WITHOUT_SYSTEM_PAGES, surfaces(forced), forced::toString);
        assertTrue(forced.stream().anyMatch(line -> line.contains("pages are portable (io.offheap.pages=portable)")),
                forced::toString);
        final var insisted = child.runOnClassPath(PlainProgram.class,
                List.of("-Dio.offheap.pages=system", "-Dos.name=Plan 9", allowed));
        assertTrue(insisted.getFirst().startsWith(
                "created: java.lang.UnsupportedOperationException: Plan 9 " + System.getProperty("os.arch") + " is not supported: this library runs on "
                + "Linux amd64 (x86_64) and Linux aarch64"), insisted::toString);
        final var mistaken = child.runOnClassPath(PlainProgram.class, List.of("-Dio.offheap.pages=huge", allowed));
        assertEquals("created: java.lang.IllegalArgumentException: io.offheap.pages=huge: neither portable nor system",
                mistaken.getFirst());
    }

    @ParameterizedTest
    @CsvSource({"system", "portable"})
    void deniedNativeAccessIsAnsweredWithTheFlagEachTime(String pages) throws Exception {
        final var options = List.of("--illegal-native-access=deny", "-Dio.offheap.pages=" + pages);
        final var child = new ChildJvm(directory);
        assertEquals(refusedFor("ALL-UNNAMED"), child.runOnClassPath(PlainProgram.class, options));
        assertEquals(refusedFor("io.offheap.core"), child.runOnModulePath(PlainProgram.class, options));
    }

    private static List<String> refusedFor(String module) {
        final var refusal = ": java.lang.IllegalCallerException: this library reaches memory by address, which this JVM "
                + "denies it: start it with --enable-native-access=" + module;
        return List.of("created" + refusal, "created again" + refusal, "shared" + refusal);
    }

    @Test
    void nativeAccessThatIsOnlyWarnedAboutWorks() throws Exception {
        final var lines = new ChildJvm(directory).runOnModulePath(PlainProgram.class, List.of("--illegal-native-access=warn"));
        assertEquals(WORKS_WITHOUT_SYSTEM_PAGES, surfaces(lines), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.contains("--enable-native-access=io.offheap.core")), lines::toString);
    }
}
