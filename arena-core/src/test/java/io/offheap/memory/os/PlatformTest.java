package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform.Processor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {

    @ParameterizedTest
    @CsvSource({"amd64,X86_64", "x86_64,X86_64", "aarch64,AARCH64"})
    void linuxOn64BitProcessorsIsSupported(String osArch, Processor processor) {
        assertEquals(processor, Platform.check("Linux", osArch));
    }

    @ParameterizedTest
    @CsvSource({"Linux,riscv64", "Linux,i386", "Linux,ppc64le", "Linux,", "Mac OS X,aarch64", "Windows 11,amd64",
        ",amd64"})
    void otherPlatformsAreRefusedByName(String osName, String osArch) {
        final var refusal = assertThrows(UnsupportedOperationException.class, () -> Platform.check(osName, osArch));
        assertTrue(refusal.getMessage().startsWith(osName + " " + osArch + " is not supported"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("Linux amd64 (x86_64) and Linux aarch64"), refusal.getMessage());
    }

    @Test
    void systemCallNumbersAreThoseOfTheProcessor() {
        assertEquals(237, Processor.X86_64.mbind());
        assertEquals(239, Processor.X86_64.getMempolicy());
        assertEquals(235, Processor.AARCH64.mbind());
        assertEquals(236, Processor.AARCH64.getMempolicy());
        for (final var processor : Processor.values()) {
            assertEquals(434, processor.pidfdOpen());
            assertEquals(440, processor.processMadvise());
        }
    }

    @Test
    void processHasOneMemoryAndOneSetOfFiles() {
        assertSame(Platform.memory(), Platform.memory());
        assertSame(Platform.files(), Platform.files());
    }
}
