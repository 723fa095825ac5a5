package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// What the owner of a cache writes at every use is a cache line away from the objects before and behind the cache, as far as that can be
/// told from its fields.
class OwnLineTest {

    private static final int LINE_BYTES = 64;

    @Test
    void thereIsALineOfFieldsOnEitherSideOfWhatTheOwnerWrites() {
        final int before = bytes(LineBefore.class, int.class, Integer.BYTES);
        final int after = bytes(LineBehind.class, int.class, Integer.BYTES);

        assertTrue(before >= LINE_BYTES, () -> before + " bytes before it");
        assertTrue(after >= LINE_BYTES, () -> after + " bytes behind it");
    }

    private static int bytes(Class<?> of, Class<?> type, int size) {
        return size * (int) Arrays.stream(of.getDeclaredFields())
                .filter(field -> field.getType() == type && !Modifier.isStatic(field.getModifiers()))
                .count();
    }
}
