package io.offheap.bench.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.Commands;
import io.offheap.bench.suite.Chromium.Said;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The report as a browser sees it. Needs Chromium (Debian's package `chromium`), and is skipped without it, or where it does not start.
class BrowserTest {

    private static final int HEIGHT = 1000;

    /// Looks at each plot as it lies on the page, and writes down what it found where the test can read it.
    private static final String EYES = """
            <script>
            const plots = [...document.querySelectorAll('svg[role=img]')];
            const seen = plots.filter(p => p.getBoundingClientRect().width > 250 && p.getBoundingClientRect().height > 40
                && p.getAttribute('aria-label') && p.querySelector('desc').textContent);
            const outside = plots.flatMap(p => [...p.querySelectorAll('text')]).filter(t =>
                t.getBoundingClientRect().right > document.documentElement.clientWidth || t.getBoundingClientRect().left &lt; 0);
            document.body.setAttribute('data-plots', plots.length);
            document.body.setAttribute('data-seen', seen.length);
            document.body.setAttribute('data-outside', outside.map(t => t.textContent).join(','));
            document.body.setAttribute('data-wide', document.documentElement.scrollWidth - document.documentElement.clientWidth);
            </script></body>
            """;

    @TempDir
    private Path folder;

    private static Chromium browser;
    private Path page;

    @BeforeAll
    static void findBrowser(@TempDir Path scratch) throws Exception {
        final Optional<Chromium> found = Chromium.find(System.getenv());
        if (found.isEmpty()) {
            skip("no chromium on the PATH (Debian: apt-get install chromium)");
        }
        browser = found.orElseThrow();
        final Path up = Files.writeString(scratch.resolve("up.html"), "<html><body>it is up</body></html>");
        final Said said = browser.load(up, HEIGHT, HEIGHT);
        if (!said.output().contains("it is up")) {
            skip("chromium shows no page here: " + said.errors());
        }
    }

    private static void skip(String reason) {
        System.out.println("BrowserTest skipped: " + reason);
        Assumptions.abort(reason);
    }

    @BeforeEach
    void makeReport() throws Exception {
        SampleRun.write(folder);
        assertEquals(0, Commands.run("report", folder.toString(), "--no-pictures").exitCode());
        page = folder.resolve("report.html");
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 1280})
    void everyPlotIsSeenAndNothingStandsOutside(int width) throws Exception {
        final int plots = Files.readString(page).split("role=\"img\"", -1).length - 1;
        Files.writeString(page, Files.readString(page).replace("</body>", EYES.replace("&lt;", "<")));
        final Said said = browser.load(page, width, HEIGHT);
        assertEquals(Integer.toString(plots), attribute(said, "plots"));
        assertEquals(attribute(said, "plots"), attribute(said, "seen"));
        assertEquals("", attribute(said, "outside"));
        assertEquals("0", attribute(said, "wide"), "the page scrolls sideways");
        assertTrue(said.console().isEmpty(), () -> "the console says " + said.console());
    }

    @Test
    void thePageHasAPicture() throws Exception {
        final Path picture = folder.resolve("page.png");
        browser.screenshot(page, 1000, HEIGHT, 2, picture);
        final BufferedImage image = ImageIO.read(picture.toFile());
        assertEquals(2000, image.getWidth());
        assertEquals(2 * HEIGHT, image.getHeight());
        assertTrue(colours(image) > 20, () -> colours(image) + " colours");
    }

    @Test
    void aBrowserThatIsNotThereIsNotFound() {
        assertTrue(Chromium.find(Map.of("PATH", folder.toString())).isEmpty());
        assertTrue(Chromium.find(Map.of("PATH", System.getenv("PATH"), "CHROMIUM", "no-such-program")).isEmpty());
    }

    private static long colours(BufferedImage image) {
        return Arrays.stream(image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
                .distinct()
                .count();
    }

    private static String attribute(Said said, String name) {
        final Matcher found = Pattern.compile("data-" + name + "=\"([^\"]*)\"").matcher(said.output());
        assertTrue(found.find(), said::errors);
        return found.group(1);
    }
}
