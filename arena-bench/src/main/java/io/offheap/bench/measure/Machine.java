package io.offheap.bench.measure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a reader must know of the machine in order to judge a figure. Nothing in it tells whose machine it is.
public final class Machine {

    private static final double KIBIBYTES_PER_GIBIBYTE = 1 << 20;
    private static final String UNKNOWN = "unknown";

    private Machine() {}

    /// {@return the facts by name, in the order of reports}
    public static Map<String, String> facts() {
        final Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processor", field("/proc/cpuinfo", "model name").orElse(System.getProperty("os.arch")));
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("memory", memory());
        facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("huge pages", chosen("/sys/kernel/mm/transparent_hugepage/enabled"));
        facts.put("system", field("/etc/os-release", "PRETTY_NAME").map(name -> name.replace("\"", "")).orElse(UNKNOWN));
        facts.put("C library", System.getProperty("os.name").equals("Linux") ? libc() : UNKNOWN);
        facts.put("JDK", System.getProperty("java.vendor") + " " + Runtime.version());
        return facts;
    }

    /// {@return the load averages of one, five and fifteen minutes}
    public static String load() {
        return read("/proc/loadavg")
                .map(line -> String.join(", ", line.split(" ")[0], line.split(" ")[1], line.split(" ")[2]))
                .orElse(UNKNOWN);
    }

    private static String memory() {
        return field("/proc/meminfo", "MemTotal")
                .map(total -> String.format(
                        Locale.ROOT,
                        "%.1f GiB",
                        Long.parseLong(total.replaceAll("\\D", "")) / KIBIBYTES_PER_GIBIBYTE))
                .orElse(UNKNOWN);
    }

    /// {@return the word in brackets, which is what holds}
    private static String chosen(String file) {
        return read(file).map(line -> line.replaceAll("(?s).*\\[(.*)].*", "$1")).orElse(UNKNOWN);
    }

    private static String libc() {
        final List<String> folders = List.of("/lib64", "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu");
        try (Stream<Path> libraries = folders.stream().map(Path::of)) {
            return libraries.map(folder -> folder.resolve("libc.so.6"))
                    .filter(Files::isReadable)
                    .flatMap(file -> version(file).stream())
                    .findFirst()
                    .orElse(UNKNOWN);
        }
    }

    /// The library has its name and version in it, as text.
    private static Optional<String> version(Path library) {
        try {
            final String bytes = Files.readString(library, StandardCharsets.ISO_8859_1);
            final int at = bytes.indexOf("GNU C Library ");
            return at < 0
                    ? Optional.empty()
                    : Optional.of(bytes.substring(at, bytes.indexOf('\n', at)).replaceAll(" stable.*", ""));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    private static Optional<String> field(String file, String name) {
        return read(file).flatMap(text -> text.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).replaceFirst("^\\s*[:=]\\s*", "").strip())
                .findFirst());
    }

    private static Optional<String> read(String file) {
        try {
            return Optional.of(Files.readString(Path.of(file)).strip());
        } catch (IOException missing) {
            return Optional.empty();
        }
    }
}
