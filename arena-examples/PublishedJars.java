import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Opens jars and sees that each has the license, and a notice that names all that is contained in it.
///
/// Arguments: how many jars there are at least, then jars, and folders in which those of this project are. Throws, naming what
/// is missing and where.
final class PublishedJars {

    /// Where a jar says what was put into it: by Maven's descriptors, or where packages were moved, by their names.
    private static final List<Pattern> CONTAINED = List.of(
            Pattern.compile("META-INF/maven/(?!io\\.offheap/)[^/]+/([^/]+)/pom\\.properties"),
            Pattern.compile("io/offheap/agent/shaded/(?!allocator/|memory/)([^/]+)/.*"));

    private PublishedJars() {}

    public static void main(String[] args) throws IOException {
        int jars = 0;
        final var missing = new TreeSet<String>();
        for (int i = 1; i < args.length; i++) {
            for (final Path jar : jarsIn(Path.of(args[i]))) {
                jars++;
                check(jar, missing);
            }
        }
        if (jars < Integer.parseInt(args[0]) || !missing.isEmpty()) {
            throw new AssertionError(jars + " jars of at least " + args[0] + "; missing: " + missing);
        }
        System.out.println(jars + " jars have license and notice");
    }

    private static List<Path> jarsIn(Path place) throws IOException {
        if (Files.isRegularFile(place)) {
            return List.of(place);
        }
        try (Stream<Path> files = Files.list(place)) {
            return files.filter(file -> file.getFileName().toString().matches("arena-.*\\.jar")).sorted().toList();
        }
    }

    private static void check(Path jar, TreeSet<String> missing) throws IOException {
        try (var zip = new ZipFile(jar.toFile())) {
            final String license = text(zip, "META-INF/LICENSE");
            final String notice = text(zip, "META-INF/NOTICE");
            if (!license.contains("Apache License") || !notice.startsWith("Offheap Arena")) {
                missing.add(jar.getFileName() + ": license or notice of its own");
            }
            zip.stream().map(ZipEntry::getName).flatMap(PublishedJars::contained).distinct()
                    .filter(name -> !notice.toLowerCase().contains(name))
                    .forEach(name -> missing.add(jar.getFileName() + ": " + name + " in the notice"));
        }
    }

    /// {@return the text of an entry, empty if there is none}
    private static String text(ZipFile jar, String name) throws IOException {
        final ZipEntry entry = jar.getEntry(name);
        if (entry == null) {
            return "";
        }
        try (InputStream in = jar.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// {@return the name of what an entry belongs to, if it is no work of ours}
    private static Stream<String> contained(String entry) {
        return CONTAINED.stream().map(pattern -> pattern.matcher(entry)).filter(Matcher::matches)
                .map(matcher -> matcher.group(1));
    }
}
