package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.debug.Debugging;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("portable")
class SharedAllocatorTest {

    @TempDir
    private Path directory;

    @Test
    void oneAllocatorForTheProcessWhichNobodyCloses() {
        final var shared = OffHeapAllocator.shared();
        assertSame(shared, OffHeapAllocator.shared());
        assertThrows(UnsupportedOperationException.class, shared::close);
        final long address = shared.allocateAddress(100);
        assertTrue(shared.usableSize(address) >= 100);
        shared.freeAddress(address);
    }

    @Test
    void propertiesSetItsOptions() {
        final var properties = new HashMap<>(Map.of("io.offheap.name", "common", "io.offheap.hardLimit", "2g",
                "io.offheap.softLimit", "512M", "io.offheap.decay", "PT5S", "io.offheap.shards", "3",
                "io.offheap.checks", "off", "io.offheap.hugePages", "never", "io.offheap.managementBeans", "false"));
        properties.putAll(Map.of("io.offheap.coreDumps", "false", "io.offheap.debug", "on,sampling=1",
                "io.offheap.directLimit", "3g", "io.offheap.explicitGc", "true", "io.offheap.zeroOnFree", "true"));
        final var options = SharedAllocator.builder(properties::get).options();
        assertEquals("common", options.name());
        assertEquals(2L << 30, options.hardLimit());
        assertEquals(512L << 20, options.softLimit());
        assertEquals(TimeUnit.SECONDS.toNanos(5), options.decayNanos());
        assertEquals(3, options.shards());
        assertEquals(Checks.OFF, options.checks());
        assertEquals(HugePages.NEVER, options.hugePages());
        assertEquals(false, options.managementBeans());
        assertEquals(false, options.coreDumps());
        assertEquals(Debugging.on().sampling(1), options.debug());
        assertEquals(3L << 30, options.directLimit());
        assertEquals(true, options.explicitGc());
        assertEquals(true, options.zeroOnFree());
    }

    @Test
    void withoutPropertiesItHasTheDefaultsOfABuilder() {
        assertEquals(OffHeapAllocator.builder().name("shared").options(), SharedAllocator.builder(_ -> null).options());
    }

    @Test
    void nameThatIsNoOptionIsFound() {
        assertEquals(List.of("io.offheap.hardlimit", "io.offheap.zero"), SharedAllocator.unknown(Set.of("io.offheap.zero", "io.offheap.hardlimit",
                "io.offheap.hardLimit", "io.offheap.debug", "io.offheap.pages", "io.offheap.mine.zero", "io.offheaps", "java.home")));
    }

    @Test
    void warningTellsOfAMisspeltNameOnce() throws Exception {
        final var lines = new ChildJvm(directory).runOnClassPath(TwoAsk.class,
                List.of("-Dio.offheap.hardlimit=1g", "--enable-native-access=ALL-UNNAMED")).stream()
                .filter(line -> line.contains("[io.offheap.hardlimit]")).toList();
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.getFirst().contains("io.offheap.hardLimit"), lines::toString);
    }

    /// A program that asks for the shared allocator twice.
    static final class TwoAsk {
        public static void main(String[] arguments) {
            OffHeapAllocator.shared().freeAddress(OffHeapAllocator.shared().allocateAddress(1));
        }
    }

    @ParameterizedTest
    @CsvSource({"hardLimit, much", "hardLimit, 0", "hardLimit, 9999999t", "hardLimit, ''", "decay, soon", "shards, 0",
        "directLimit, 0", "explicitGc, 1", "zeroOnFree, 1", "checks, maybe", "lazyFree, 1", "debug, maybe"})
    void mistakeInAPropertyNamesItAndItsValue(String name, String value) {
        final var key = "io.offheap." + name;
        final var refused = assertThrows(IllegalArgumentException.class,
                () -> SharedAllocator.builder(asked -> asked.equals(key) ? value : null));
        assertTrue(refused.getMessage().startsWith(key + "=" + value + ": "), refused::getMessage);
    }
}
