package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The allocator of the process where it cannot be made.
class DeniedAccessTest {

    @Test
    void everyCallSaysThatNativeAccessIsDeniedAndWhichFlagGrantsIt(@TempDir Path folder) throws Exception {
        final String said = ChildJvm.run(folder, DeniedProgram.class, "--illegal-native-access=deny");
        final long denials = said.lines()
                .filter(line -> line.startsWith("denied: ") && line.contains("--enable-native-access")).count();
        assertEquals(2, denials, said);
    }
}
