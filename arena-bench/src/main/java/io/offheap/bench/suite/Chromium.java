package io.offheap.bench.suite;

import io.offheap.bench.child.OwnedProcess;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/// A browser without a window: takes pictures of pages, and tells what it made of them.
///
/// Its sandbox needs a user other than root and namespaces of its own; here it opens only pages that were just made
/// from figures, without scripts, so it runs without.
final class Chromium {

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome");
    private static final String ENVIRONMENT = "CHROMIUM";

    /// A browser starts in a second or two; on a busy machine in a minute.
    private static final long PATIENCE_SECONDS = 180;

    /// A window has a frame, also where nobody sees it; what lies below it is not painted.
    private static final int FRAME = 150;

    private final String program;

    private Chromium(String program) {
        this.program = program;
    }

    /// {@return the browser that the variable `CHROMIUM` names, or else one on the `PATH`; empty if there is none}
    ///
    /// @param environment of the process
    static Optional<Chromium> find(Map<String, String> environment) {
        final List<String> names = environment.containsKey(ENVIRONMENT) ? List.of(environment.get(ENVIRONMENT)) : NAMES;
        return names.stream()
                .flatMap(name -> Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(folder -> Path.of(folder).resolve(name)))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .map(Chromium::new);
    }

    /// Takes a picture of a page.
    ///
    /// @param width of the page
    /// @param height of the part of the page, from its top, that is seen
    /// @param scale how many times as many pixels as the page the picture has, in each direction
    /// @throws IOException if there is no picture afterwards; the message has the browser's own words
    void screenshot(Path page, int width, int height, int scale, Path picture) throws IOException, InterruptedException {
        Files.deleteIfExists(picture);
        final Said said = run(page, List.of(
                "--screenshot=" + picture.toAbsolutePath(),
                "--window-size=" + width + "," + (height + FRAME),
                "--force-device-scale-factor=" + scale,
                "--hide-scrollbars"));
        if (!Files.exists(picture)) {
            throw new IOException("no picture " + picture + ": " + said.errors());
        }
        final BufferedImage whole = ImageIO.read(picture.toFile());
        ImageIO.write(
                whole.getSubimage(0, 0, whole.getWidth(), Math.min(whole.getHeight(), scale * height)),
                "png",
                picture.toFile());
    }

    /// {@return what the browser makes of a page: its tree as markup, and everything it complains about}
    Said load(Path page, int width, int height) throws IOException, InterruptedException {
        return run(page, List.of("--dump-dom", "--window-size=" + width + "," + height));
    }

    private Said run(Path page, List<String> options) throws IOException, InterruptedException {
        final Path profile = Files.createTempDirectory("browser");
        try {
            final List<String> command = new ArrayList<>(List.of(
                    program,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--disable-background-networking",
                    "--no-first-run",
                    "--enable-logging=stderr",
                    "--user-data-dir=" + profile));
            command.addAll(options);
            command.add(page.toUri().toString());
            return await(command, profile);
        } finally {
            delete(profile);
        }
    }

    /// Output goes to files, so that a full pipe cannot stop the browser.
    private static Said await(List<String> command, Path folder) throws IOException, InterruptedException {
        final Path output = folder.resolve("output.txt");
        final Path errors = folder.resolve("errors.txt");
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
        try (OwnedProcess owned = OwnedProcess.start(builder)) {
            try {
                if (!owned.process().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("the browser did not end within " + PATIENCE_SECONDS + " s: " + text(errors));
                }
            } finally {
                owned.process().descendants().forEach(ProcessHandle::destroyForcibly);
            }
        }
        return new Said(text(output), text(errors));
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    /// The browser's helpers may still be taking their files away.
    private static void delete(Path folder) throws IOException {
        final List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        } catch (UncheckedIOException gone) {
            return;
        }
        for (Path file : all) {
            file.toFile().delete();
        }
    }

    /// What it said.
    ///
    /// @param output on standard output
    /// @param errors on standard error
    record Said(String output, String errors) {

        /// {@return the lines that a page's console would show}
        List<String> console() {
            return errors.lines().filter(line -> line.contains("CONSOLE")).toList();
        }
    }
}
