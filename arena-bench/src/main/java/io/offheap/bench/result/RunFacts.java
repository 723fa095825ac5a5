package io.offheap.bench.result;

import com.fasterxml.jackson.databind.JsonNode;
import io.offheap.bench.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// What is known of a run beside its figures: the command, the machine, the time it took. Written next to the figures,
/// `NAME.about.json` beside `NAME.json`, so that whoever has the one can repeat the other.
public final class RunFacts {

    /// The command that made the figures.
    public static final String COMMAND = "command";

    /// When it began, as ISO 8601 has it.
    public static final String BEGUN = "begun";

    /// How long it took, in seconds.
    public static final String SECONDS = "seconds";

    private static final String SUFFIX = ".json";
    private static final String ABOUT = ".about.json";

    private RunFacts() {}

    /// {@return whether a file tells of a run}
    public static boolean isAbout(Path file) {
        return file.toString().endsWith(ABOUT);
    }

    /// {@return the file that tells of the run from which figures are}
    public static Path beside(Path figures) {
        final String name = figures.getFileName().toString();
        final String base = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
        return figures.resolveSibling(base + ABOUT);
    }

    /// Writes them beside the figures.
    public static void write(Path figures, Map<String, String> facts) throws IOException {
        Files.writeString(beside(figures), Json.of(facts) + "\n");
    }

    /// {@return what is known of the run from which figures are, in the order in which it was written; empty if nobody
    /// wrote it down}
    public static Map<String, String> read(Path figures) throws IOException {
        final Map<String, String> facts = new LinkedHashMap<>();
        if (Files.exists(beside(figures))) {
            for (Map.Entry<String, JsonNode> fact : ResultFiles.tree(beside(figures)).properties()) {
                facts.put(fact.getKey(), fact.getValue().asText());
            }
        }
        return facts;
    }
}
