package io.offheap.allocator.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DebuggingTest {

    @Test
    void textNamesOptionsAndChangesThem() {
        assertEquals(Debugging.off(), Debugging.parse("off"));
        assertEquals(Debugging.on(), Debugging.parse(" ON "));
        assertEquals(Debugging.full(), Debugging.parse("full"));
        assertEquals(Debugging.sampled(), Debugging.parse("sampled"));
        assertEquals(
                Debugging.on().sampling(4096).quarantine(256 << 20).poison(false).redzones(false).guards(Guards.TRAP),
                Debugging.parse("on,sampling=4k, quarantine=256M,poison=false,redzones=false,guards=trap"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "maybe", "on,", "on,sampling", "on,sampling=", "on,sampling=-1", "on,sampling=9999999999g",
        "on,quarantine=much", "on,poison=1", "on,guards=crash", "on,speed=1"})
    void textThatIsNoneOfThisIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Debugging.parse(text));
    }

    @Test
    void offDoesNothingSamplingAloneLeavesOtherBlocksAlone() {
        assertFalse(Debugging.off().isOn());
        assertTrue(Debugging.sampled().isOn());
        assertFalse(Debugging.sampled().changesEveryBlock());
        assertTrue(Debugging.off().quarantine(1).changesEveryBlock());
        assertTrue(Debugging.off().poison(true).changesEveryBlock());
        assertTrue(Debugging.off().redzones(true).changesEveryBlock());
        assertFalse(Debugging.on().sampling(0).quarantine(0).poison(false).redzones(false).isOn());
    }

    @Test
    void negativeNumbersAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Debugging.on().sampling(-1));
        assertThrows(IllegalArgumentException.class, () -> Debugging.on().quarantine(-1));
    }
}
