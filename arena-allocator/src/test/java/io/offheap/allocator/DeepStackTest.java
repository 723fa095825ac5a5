package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Programs that call the library where their stack ends: nobody is kept out of anything, and nothing is handed out twice.
class DeepStackTest {

    @TempDir
    Path directory;

    /// The interpreter needs the most stack; compiled code ends it elsewhere.
    @ParameterizedTest
    @CsvSource({"-Xint, 8", "-XX:TieredStopAtLevel=1, 8", "-XX:+TieredCompilation, 8"})
    void whereTheStackEndsNothingIsBroken(String mode, int rounds) throws Exception {
        final var lines = new ChildJvm(directory).runOnClassPath(DeepStackProgram.class,
                List.of(mode, "-Drounds=" + rounds, "--enable-native-access=ALL-UNNAMED"));
        lines.forEach(System.out::println);
        assertEquals("done", lines.getLast());
    }
}
