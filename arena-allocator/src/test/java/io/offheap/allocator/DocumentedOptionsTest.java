package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/tuning.md has a row for each option of the builder, and none for others.
class DocumentedOptionsTest {

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+)` \\|");

    @Test
    void tuningTellsOfEveryOptionOfTheBuilder() throws IOException {
        final Set<String> options = Stream.of(OffHeapAllocator.Builder.class.getDeclaredMethods())
                .filter(method -> method.getReturnType() == OffHeapAllocator.Builder.class)
                .map(method -> method.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        final var told = new TreeSet<String>();
        ROW.matcher(Files.readString(Path.of("../docs/tuning.md"))).results().forEach(row -> told.add(row.group(1)));
        assertEquals(options, told);
    }
}
