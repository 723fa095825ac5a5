package io.offheap.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentOptionsTest {

    @ParameterizedTest
    @NullAndEmptySource
    void defaultsRedirectBuffersInEveryClassButNettys(String text) {
        final var options = AgentOptions.parse(text);
        assertEquals(Redirection.BUFFERS, options.redirections());
        assertEquals(Log.Verbosity.SUMMARY, options.verbosity());
        assertTrue(options.accepts("com.shop.Cart"));
        assertFalse(options.accepts("io.netty.buffer.PoolArena"));
        assertFalse(options.accepts("org.cache.shaded.io.netty.buffer.PoolArena"));
    }

    @Test
    void everyOptionIsTaken() {
        final var options = AgentOptions.parse("include=com.shop.*:org.h2.*,exclude=com.shop.old.*, arenas=on,log=classes");
        assertEquals(EnumSet.allOf(Redirection.class), options.redirections());
        assertEquals(Log.Verbosity.CLASSES, options.verbosity());
        assertTrue(options.accepts("com.shop.Cart"));
        assertTrue(options.accepts("org.h2.Driver"));
        assertFalse(options.accepts("com.shop.old.Cart"));
        assertFalse(options.accepts("com.shopping.Cart"));
    }

    @Test
    void exclusionsAddToTheDefaultAndAnOwnInclusionReplacesIt() {
        assertFalse(AgentOptions.parse("exclude=com.shop.*").accepts("io.netty.buffer.PoolArena"));
        assertTrue(AgentOptions.parse("include=*").accepts("io.netty.buffer.PoolArena"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"arenas", "=on", "arenas=yes", "log=", "colour=red", "log=off,log=off", "include=", "include=a::b"})
    void mistakesAreRefusedWithTheirText(String text) {
        final var refused = assertThrows(IllegalArgumentException.class, () -> AgentOptions.parse(text));
        assertTrue(refused.getMessage().contains("'") || refused.getMessage().contains("[colour]"), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "a.B,     a.B,        true",
        "a.B,     a.BC,       false",
        "a.*,     a.b.C,      true",
        "a.*,     ab.C,       false",
        "*.C,     a.b.C,      true",
        "*.C,     C,          false",
        "a.*.C,   a.b.C,      true",
        "a.*.C,   a.C,        false",
        "a*b*c,   a1b2c,      true",
        "a*b*c,   a1c,        false",
        "a*bc*c,  a1bc,       false",
        "*b*b*,   abab,       true",
        "*b*b*,   aba,        false",
        "*,       anything,   true",
    })
    void patternsMatchWholeNames(String pattern, String name, boolean matches) {
        assertEquals(matches, ClassPatterns.parse(pattern).matches(name));
    }
}
