package io.offheap.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Documents lead where they say: links to files and headings, documents that comments in the sources name, and the list of all
/// documents in the README.
class DocumentedLinksTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /// Of what is no code: `[words](place)` and `![words](place)`.
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]*)\\)");

    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```|`[^`\n]*`");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*?) *$");

    /// A document and one of its sections by name: `(performance.md, "One run")` and `([performance](performance.md), "One run")`.
    private static final Pattern SECTION = Pattern.compile("\\(([\\w./-]+\\.md)\\)?,\\s+(?:/// +)?\"([^\"]+)\"");

    private static final Pattern NAMED = Pattern.compile("docs/[\\w/-]+\\.md");

    private static List<Path> documents() throws IOException {
        final List<Path> all = new ArrayList<>();
        for (Path folder : List.of(ROOT, ROOT.resolve("docs"), ROOT.resolve("docs/adr"), ROOT.resolve("examples"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(all::add);
            }
        }
        return all;
    }

    private static String prose(Path document) throws IOException {
        return CODE.matcher(Files.readString(document)).replaceAll("");
    }

    /// {@return the anchors of a document's headings, made as those who show Markdown make them}
    private static Set<String> anchors(Path document) throws IOException {
        final Set<String> anchors = new HashSet<>();
        final String text = Pattern.compile("(?ms)^```.*?^```").matcher(Files.readString(document)).replaceAll("");
        HEADING.matcher(text).results().map(heading -> anchor(heading.group(1))).forEach(anchors::add);
        return anchors;
    }

    private static String anchor(String heading) {
        final String words = LINK.matcher(heading).replaceAll("").toLowerCase(Locale.ROOT);
        return words.replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-');
    }

    @Test
    void everyLinkLeadsToAFileAndItsHeading() throws IOException {
        final Set<String> wrong = new TreeSet<>();
        int found = 0;
        for (Path document : documents()) {
            for (MatchResult link : LINK.matcher(prose(document)).results().toList()) {
                final String[] place = link.group(1).split("#", 2);
                if (place[0].contains(":")) {
                    continue;                                   // of the network
                }
                found++;
                final Path target = place[0].isEmpty() ? document : document.resolveSibling(place[0]).normalize();
                final boolean leadsThere = Files.exists(target) && (place.length == 1 || anchors(target).contains(place[1]));
                if (!leadsThere) {
                    wrong.add(ROOT.relativize(document) + ": " + link.group(1));
                }
            }
        }
        assertEquals(Set.of(), wrong);
        assertTrue(found > 100, "links: " + found);
    }

    @Test
    void everySectionThatIsNamedIsThere() throws IOException {
        final Set<String> wrong = new TreeSet<>();
        int found = 0;
        for (Path document : documents()) {
            for (MatchResult section : SECTION.matcher(Files.readString(document)).results().toList()) {
                found++;
                final String file = section.group(1);
                final Path target = file.startsWith("docs/") ? ROOT.resolve(file) : document.resolveSibling(file).normalize();
                if (!Files.exists(target) || !anchors(target).contains(anchor(section.group(2).replaceAll("\\s+", " ")))) {
                    wrong.add(ROOT.relativize(document) + ": " + section.group());
                }
            }
        }
        assertEquals(Set.of(), wrong);
        assertTrue(found > 2, "sections: " + found);
    }

    @Test
    void everyDocumentThatASourceNamesIsThere() throws IOException {
        final Set<String> wrong = new TreeSet<>();
        int found = 0;
        for (Path source : sources()) {
            for (MatchResult named : NAMED.matcher(Files.readString(source)).results().toList()) {
                found++;
                if (!Files.exists(ROOT.resolve(named.group()))) {
                    wrong.add(ROOT.relativize(source) + ": " + named.group());
                }
            }
        }
        assertEquals(Set.of(), wrong);
        assertTrue(found > 30, "documents named: " + found);
    }

    private static List<Path> sources() throws IOException {
        final List<Path> all = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path folder : modules.map(module -> module.resolve("src")).filter(Files::isDirectory).sorted().toList()) {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.filter(file -> file.toString().endsWith(".java")).forEach(all::add);
                }
            }
        }
        return all;
    }

    @Test
    void readmeListsEveryDocument() throws IOException {
        final Set<String> listed = new HashSet<>();
        LINK.matcher(prose(ROOT.resolve("README.md"))).results().map(link -> link.group(1)).forEach(listed::add);
        final Set<String> missing = new TreeSet<>();
        try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md"))
                    .map(file -> "docs/" + file.getFileName())
                    .filter(document -> !listed.contains(document))
                    .forEach(missing::add);
        }
        assertEquals(Set.of(), missing);
    }
}
