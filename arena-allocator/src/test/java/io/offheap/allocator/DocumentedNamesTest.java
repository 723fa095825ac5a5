package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The documents that lead through the code name what is there: classes, and members of classes.
class DocumentedNamesTest {

    private static final List<String> MODULES = List.of("arena-core", "arena-allocator", "arena-netty", "arena-jcstress");
    private static final List<String> JDK = List.of("java.lang.", "java.util.concurrent.locks.", "java.nio.channels.", "jdk.jfr.");

    /// A class, a class with a member, or a call of one.
    private static final Pattern NAME = Pattern.compile("`([A-Z][a-z]\\w+)(?:\\.(\\w+))?(?:\\([^`]*\\))?`");

    /// {@return the text of all source files, by their name without ending}
    private static Map<String, String> sources() throws IOException {
        final var all = new HashMap<String, String>();
        for (final var module : MODULES) {
            try (var files = Files.walk(Path.of("..", module, "src"))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .forEach(file -> all.merge(file.getFileName().toString().replace(".java", ""), read(file), String::concat));
            }
        }
        return all;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }

    private static boolean isOfTheJdk(String type) {
        return JDK.stream().anyMatch(prefix -> isThere(prefix + type));
    }

    private static boolean isThere(String type) {
        try {
            Class.forName(type);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"architecture.md", "concurrency.md", "design-decisions.md", "glossary.md", "invariants.md"})
    void whatADocumentNamesIsThere(String document) throws IOException {
        final var sources = sources();
        final var missing = new TreeSet<String>();
        final var names = NAME.matcher(Files.readString(Path.of("../docs", document)));
        int found = 0;
        for (; names.find(); found++) {
            final var source = sources.get(names.group(1));
            final var member = names.group(2);
            final boolean isThere = source == null
                    ? isOfTheJdk(names.group(1))
                    : member == null || Pattern.compile("\\b" + member + "\\b").matcher(source).find();
            if (!isThere) {
                missing.add(names.group());
            }
        }
        assertTrue(found > 10, found + " names");
        assertEquals(new TreeSet<>(), missing);
    }
}
