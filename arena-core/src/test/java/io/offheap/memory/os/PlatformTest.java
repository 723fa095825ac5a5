package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform.Pages;
import io.offheap.memory.os.Platform.Processor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {

    @ParameterizedTest
    @CsvSource({"amd64", "x86_64", "aarch64"})
    void linuxOnKnownProcessorsHasItsOwnPagesUnlessPortableOnesAreWanted(String osArch) {
        assertEquals(Pages.SYSTEM, Platform.check(null, "Linux", osArch));
        assertEquals(Pages.SYSTEM, Platform.check("system", "Linux", osArch));
        assertEquals(Pages.PORTABLE, Platform.check("portable", "Linux", osArch));
    }

    @ParameterizedTest
    @CsvSource({"Linux,riscv64", "Linux,ppc64le", "Linux,", "Mac OS X,aarch64", "Windows 11,amd64", ",amd64"})
    void otherPlatformsHavePortablePagesAndAreRefusedThoseOfTheSystem(String osName, String osArch) {
        assertEquals(Pages.PORTABLE, Platform.check(null, osName, osArch));
        assertEquals(Pages.PORTABLE, Platform.check("portable", osName, osArch));
        final var refusal =
                assertThrows(UnsupportedOperationException.class, () -> Platform.check("system", osName, osArch));
        assertTrue(refusal.getMessage().startsWith(osName + " " + osArch + " is not supported"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("Linux amd64 (x86_64) and Linux aarch64"), refusal.getMessage());
    }

    @Test
    void unknownPagesAreRefusedByName() {
        final var refusal = assertThrows(IllegalArgumentException.class, () -> Platform.check("Portable", "Linux", "amd64"));
        assertEquals("io.offheap.pages=Portable: neither portable nor system", refusal.getMessage());
    }

    @Test
    void refusalOfNativeAccessNamesTheFlag() {
        assertTrue(NativeAccess.refusal(Platform.class.getModule()).endsWith("--enable-native-access=io.offheap.core"));
        final var unnamed = ClassLoader.getSystemClassLoader().getUnnamedModule();
        assertTrue(NativeAccess.refusal(unnamed).endsWith("--enable-native-access=ALL-UNNAMED"));
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
