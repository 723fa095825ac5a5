package io.offheap.bench.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.child.ChildProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What is left when a JVM is told to end in an awkward moment: nothing.
class JvmEndTest {

    @Test
    void nothingIsStartedOnceTheJvmHasBegunToEnd() throws Exception {
        assertEquals("child refused, group refused, 0 children, 0 groups", outputOf(Late.class));
    }

    @Test
    void theProgressBarIsTakenAwayWhenTheJvmEnds() throws Exception {
        final String said = outputOf(Watched.class);
        assertEquals("half\r\033[K", said.substring(said.lastIndexOf("half")));
    }

    private static String outputOf(Class<?> program) throws Exception {
        final Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    /// Tries to start a child and to make a control group while it ends.
    static final class Late {

        private Late() {}

        public static void main(String[] arguments) {
            Runtime.getRuntime().addShutdownHook(new Thread(Late::tryAll));
        }

        private static void tryAll() {
            tell("child", () -> ChildProcess.start("late", Watched.class, List.of(), List.of(), Map.of()));
            tell("group", () -> ControlGroup.create(MemoryLimit.UNLIMITED));
            System.out.print(ProcessHandle.current().children().count() + " children, " + groups() + " groups");
        }

        private static void tell(String what, Runnable start) {
            try {
                start.run();
                System.out.print(what + " started, ");
            } catch (IllegalStateException | NoControlGroupException refused) {
                System.out.print(what + " refused, ");
            }
        }

        private static long groups() {
            long count = 0;
            try {
                for (GroupPlaces.Place place : GroupPlaces.ofSelf()) {
                    count += groups(place.directory());
                }
            } catch (IOException noGroups) {
                return 0;
            }
            return count;
        }

        private static long groups(Path place) {
            try (Stream<Path> inside = Files.list(place)) {
                final String name = "offheap-bench-" + ProcessHandle.current().pid() + "-";
                return inside.filter(path -> path.getFileName().toString().startsWith(name)).count();
            } catch (IOException unreadable) {
                return 0;
            }
        }
    }

    /// Ends with a bar on its line.
    static final class Watched {

        private Watched() {}

        public static void main(String[] arguments) {
            new ProgressBar(System.out, true).show(0.5, "half");
        }
    }
}
