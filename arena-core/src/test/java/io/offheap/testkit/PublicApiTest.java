package io.offheap.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicApiTest {

    private static final String PACKAGE = "io.offheap.testkit";

    /// What is looked at.
    public abstract static class Sample<T extends Comparable<T>> implements Supplier<T> {
        public static final int[][] GRID = {};
        protected long seen;
        long unseen;

        protected Sample() {}

        Sample(int unseen) {
            this.unseen = unseen;
        }

        /// {@return the same}
        public abstract Sample<T> same(List<? extends T> these, long... those);

        @Override
        public T get() {                                                // and a bridge, which is nobody's to call
            return null;
        }

        private static final class Hidden {
            public void unseen() {}
        }
    }

    private static Path classes() throws Exception {
        return Path.of(PublicApi.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static TreeSet<String> sample() throws Exception {
        return PublicApi.of(classes(), PACKAGE).stream().filter(line -> line.contains("$Sample"))
                .map(line -> line.substring(line.indexOf(' ') + 1)).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void onlyWhatOthersCanUseIsListed() throws Exception {
        assertEquals(new TreeSet<>(List.of(
                "is abstract class, extends java.lang.Object and [java.util.function.Supplier]",
                "static int[][] GRID",
                "protected long seen",
                "protected void <init>()",
                "abstract io.offheap.testkit.PublicApiTest$Sample same(java.util.List, long[])",
                "java.lang.Comparable get()")), sample());
    }

    @Test
    void changesAreWhatIsGoneAndWhatIsNew(@TempDir Path folder) throws Exception {
        final var lines = new ArrayList<>(PublicApi.of(classes(), PACKAGE));
        final var file = Files.write(folder.resolve("api.txt"), lines);
        assertEquals(List.of(), PublicApi.changes(file, classes(), PACKAGE));
        final var removed = lines.removeFirst();
        lines.add("io.offheap.testkit.Gone is class");
        Files.write(file, lines);
        assertEquals(List.of("- io.offheap.testkit.Gone is class", "+ " + removed), PublicApi.changes(file, classes(), PACKAGE));
    }

    @Test
    void packageWithoutClassesIsRefused() throws Exception {
        final var classes = classes();
        assertThrows(IllegalArgumentException.class, () -> PublicApi.of(classes, "io.offheap"));
    }
}
