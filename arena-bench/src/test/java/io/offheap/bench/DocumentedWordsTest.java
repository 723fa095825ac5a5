package io.offheap.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Words are said once: each of the glossary in one place, and of each package what it decides.
class DocumentedWordsTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @Test
    void everyWordOfTheGlossaryHasOneMeaning() throws IOException {
        final Set<String> words = new HashSet<>();
        final Set<String> twice = new TreeSet<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs/glossary.md"))) {
            if (line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| word ")) {
                final String[] cells = line.split("\\|", -1);
                assertEquals(5, cells.length, line);
                assertTrue(!cells[2].isBlank(), line);
                if (!words.add(cells[1].strip())) {
                    twice.add(line);
                }
            }
        }
        assertEquals(Set.of(), twice);
        assertTrue(words.size() > 100, "words: " + words.size());
    }

    @Test
    void everyPackageSaysWhatItDecides() throws IOException {
        final Set<Path> silent = new TreeSet<>();
        int found = 0;
        for (Path folder : packages()) {
            found++;
            final Path info = folder.resolve("package-info.java");
            if (!Files.exists(info) || !Files.readString(info).startsWith("/// Decides ")) {
                silent.add(ROOT.relativize(folder));
            }
        }
        assertEquals(Set.of(), silent);
        assertTrue(found > 50, "packages: " + found);
    }

    private static List<Path> packages() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            return modules.map(module -> module.resolve("src/main/java/io"))
                    .filter(Files::isDirectory)
                    .flatMap(DocumentedWordsTest::foldersWithClasses)
                    .toList();
        }
    }

    private static Stream<Path> foldersWithClasses(Path below) {
        try (Stream<Path> files = Files.walk(below)) {
            return files.filter(file -> file.toString().endsWith(".java")).map(Path::getParent).distinct().toList().stream();
        } catch (IOException e) {
            throw new AssertionError(below.toString(), e);
        }
    }
}
