package io.offheap.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// What the documents say can be typed is there: every command with its options, and every profile of the build.
class DocumentedCommandsTest {

    private static final Path ROOT = Path.of("..");

    /// Up to the end of the code, or to two spaces, behind which an explanation begins.
    private static final Pattern COMMAND = Pattern.compile("\\./arena((?: [^\\s`]+)+)");

    /// Several commands in one line.
    private static final Pattern ALTERNATIVES = Pattern.compile("[a-z]+(\\|[a-z]+)+");

    private static final Pattern OPTION = Pattern.compile("--?[A-Za-z][\\w-]*");
    private static final Pattern PROFILE = Pattern.compile("mvn [^`\\n]*?-P *([\\w-]+)");

    /// What JMH understands is its own affair.
    private static final String PASSED_ON = "jmh";

    @Test
    void everyCommandExistsWithItsOptions() throws IOException {
        final List<String> wrong = new ArrayList<>();
        final List<MatchResult> found = found(COMMAND);
        for (MatchResult mention : found) {
            checkEach(mention.group(1).strip(), wrong);
        }
        assertEquals(List.of(), wrong);
        assertTrue(found.size() > 30, "commands in the documents: " + found.size());
    }

    @Test
    void everyProfileExists() throws IOException {
        final StringBuilder poms = new StringBuilder();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path pom : modules.map(module -> module.resolve("pom.xml")).filter(Files::exists).toList()) {
                poms.append(Files.readString(pom));
            }
        }
        poms.append(Files.readString(ROOT.resolve("pom.xml")));
        final List<MatchResult> found = found(PROFILE);
        for (MatchResult mention : found) {
            assertTrue(poms.indexOf("<id>" + mention.group(1) + "</id>") > 0, mention::group);
        }
        assertTrue(found.size() > 1, "profiles in the documents: " + found.size());
    }

    private static List<MatchResult> found(Pattern pattern) throws IOException {
        final List<MatchResult> found = new ArrayList<>();
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            final Stream<Path> all = Stream.concat(
                    Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md"), ROOT.resolve("examples/README.md")), docs);
            for (Path document : all.filter(path -> path.toString().endsWith(".md")).toList()) {
                found.addAll(pattern.matcher(Files.readString(document)).results().toList());
            }
        }
        return found;
    }

    private static void checkEach(String line, List<String> wrong) {
        final var alternatives = ALTERNATIVES.matcher(line);
        if (!alternatives.find()) {
            check(line.split(" "), wrong);
            return;
        }
        for (String word : alternatives.group().split("\\|")) {
            check(alternatives.replaceFirst(word).split(" "), wrong);
        }
    }

    /// Goes down the commands as far as they have others below them, then looks at the options of the last.
    private static void check(String[] words, List<String> wrong) {
        CommandLine command = Main.commandLine();
        int next = 0;
        while (next < words.length && !command.getSubcommands().isEmpty() && words[next].matches("[a-z]+")) {
            final CommandLine below = command.getSubcommands().get(words[next++]);
            if (below == null) {
                wrong.add("no command: ./arena " + String.join(" ", words));
                return;
            }
            command = below;
        }
        for (; next < words.length && !command.getCommandName().equals(PASSED_ON); next++) {
            final var option = OPTION.matcher(words[next]);
            if (words[next].matches("\\[?-.*") && option.find()
                    && !command.getCommandSpec().optionsMap().containsKey(option.group())) {
                wrong.add("no option " + option.group() + ": ./arena " + String.join(" ", words));
            }
        }
    }
}
