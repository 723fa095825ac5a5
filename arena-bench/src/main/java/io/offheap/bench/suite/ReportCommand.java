package io.offheap.bench.suite;

import io.offheap.bench.report.HtmlReport;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.ResultFiles;
import io.offheap.bench.result.RunFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./arena report`: the figures in a folder as one page, and its plots as pictures.
@Command(
        name = "report",
        description = "Makes one HTML page of the JSON files in DIR, report.html, and of its plots pictures, NAME.png, where "
                + "there is a Chromium.")
public final class ReportCommand implements Callable<Integer> {

    /// Of a picture's window; wide enough for its text to be as large as that of a page.
    private static final int PICTURE_WIDTH = 640;

    /// What README.md shows, by name.
    static final List<String> MAIN_PICTURES =
            List.of("latency", "ebizzy-pressure-memory", "burst-64k", "survive");

    /// Pixels of a page's, for a picture that is looked at by itself and for one that goes with text.
    private static final int FINE = 2;
    private static final int SMALL = 1;

    private static final int MARGIN = 32;
    private static final int HEADING_HEIGHT = 32;
    private static final Pattern VIEW_BOX = Pattern.compile("viewBox=\"0 0 ([0-9.]+) ([0-9.]+)\"");

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this text.")
    private boolean help;

    @Parameters(paramLabel = "DIR", description = "Holds what --json has written.")
    private Path folder;

    @Option(names = "--html", paramLabel = "FILE", description = "Write the page to FILE; default DIR/report.html.")
    private Optional<Path> html = Optional.empty();

    @Option(names = "--no-pictures", description = "Leave the pictures out.")
    private boolean withoutPictures;

    @Option(
            names = "--main-pictures",
            paramLabel = "FOLDER",
            description = "Also write the pictures that README.md shows to FOLDER, small: docs/images is where it looks.")
    private Optional<Path> mainPictures = Optional.empty();

    /// For picocli.
    public ReportCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!Files.isDirectory(folder)) {
            throw new CommandLine.ParameterException(spec.commandLine(), folder + " is no folder");
        }
        final List<Result> results = new ArrayList<>();
        final List<Map<String, String>> runs = new ArrayList<>();
        for (Path file : ResultFiles.in(folder)) {
            results.addAll(ResultFiles.read(file));
            final Map<String, String> facts = RunFacts.read(file);
            if (!facts.isEmpty()) {
                runs.add(facts);
            }
        }
        if (results.isEmpty()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "no figures in " + folder + ": no file *.json with results");
        }
        write(new SuitePage(results, runs));
        return CommandLine.ExitCode.OK;
    }

    private void write(SuitePage page) throws IOException, InterruptedException {
        final Path file = html.orElse(folder.resolve("report.html")).toAbsolutePath().normalize();
        Files.createDirectories(file.getParent());
        Files.writeString(file, page.html());
        System.out.println("report: " + file);
        if (withoutPictures) {
            return;
        }
        final Optional<Chromium> browser = Chromium.find(System.getenv());
        if (browser.isEmpty()) {
            System.out.println("no pictures: no chromium on the PATH, nor in CHROMIUM");
            return;
        }
        for (Picture picture : page.pictures()) {
            take(browser.get(), picture, file.getParent(), FINE);
            if (mainPictures.isPresent() && MAIN_PICTURES.contains(picture.name())) {
                Files.createDirectories(mainPictures.get());
                take(browser.get(), picture, mainPictures.get(), SMALL);
            }
        }
        System.out.println(page.pictures().size() + " pictures in " + file.getParent());
    }

    private static void take(Chromium browser, Picture picture, Path folder, int scale)
            throws IOException, InterruptedException {
        final Path page = Files.createTempFile("picture", ".html");
        try {
            Files.writeString(page, HtmlReport.picture(picture.heading(), picture.svg()));
            browser.screenshot(
                    page, PICTURE_WIDTH, height(picture.svg()), scale, folder.resolve(picture.name() + ".png"));
        } finally {
            Files.delete(page);
        }
    }

    private static int height(String svg) {
        final Matcher box = VIEW_BOX.matcher(svg);
        if (!box.find()) {
            throw new IllegalArgumentException("a plot without a size: " + svg.lines().findFirst().orElse(""));
        }
        final double ratio = Double.parseDouble(box.group(2)) / Double.parseDouble(box.group(1));
        return (int) Math.ceil((PICTURE_WIDTH - MARGIN) * ratio) + MARGIN + HEADING_HEIGHT;
    }
}
