package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// An example that a document prints and a test runs. In the test it lies between two tags; what the test checks in between, and the
/// document does not show, lies between `// skip:` and `// end`.
final class DocumentedExample {

    private static final String START = "// tag::example\n";
    private static final String END = "// end::example";
    private static final String FENCE = "```java\n";

    private DocumentedExample() {}

    /// Checks that the first program in a document is the one that a test runs.
    ///
    /// @param document its name in `docs`
    static void assertShown(Class<?> test, String document) throws IOException {
        final var source = Files.readString(Path.of("src/test/java/" + test.getName().replace('.', '/') + ".java"));
        final var page = Files.readString(Path.of("../docs", document));
        final var run = between(source, START, END).replaceAll("(?s)// skip:.*?// end\n", "");
        final var shown = trimmed(between(page, FENCE, "```"));
        assertFalse(shown.isEmpty());
        assertEquals(trimmed(run), shown);
    }

    private static String between(String text, String start, String end) {
        final int from = text.indexOf(start) + start.length();
        return text.substring(from, text.indexOf(end, from));
    }

    private static List<String> trimmed(String code) {
        return code.lines().map(String::trim).filter(line -> !line.isEmpty()).toList();
    }
}
