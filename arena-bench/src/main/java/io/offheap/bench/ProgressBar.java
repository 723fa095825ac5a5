package io.offheap.bench;

import java.io.Console;
import java.io.PrintStream;

/// One line that shows how far a long job is; nothing at all where no one watches a terminal.
public final class ProgressBar {

    private static final int WIDTH = 30;
    private static final String ERASE_LINE = "\r\033[K";

    private final PrintStream out;
    private final boolean shown;

    /// A bar on `out`.
    ///
    /// @param shown whether it is drawn; [#onTerminal] says whether it should be
    public ProgressBar(PrintStream out, boolean shown) {
        this.out = out;
        this.shown = shown;
    }

    /// {@return whether standard output is a terminal that understands more than plain lines}
    public static boolean onTerminal() {
        final Console console = System.console();
        final String kind = System.getenv("TERM");
        return console != null && console.isTerminal() && kind != null && !kind.equals("dumb");
    }

    /// Draws the bar.
    ///
    /// @param share what is done, 0 to 1
    /// @param what what is being done
    public void show(double share, String what) {
        if (shown) {
            final int filled = (int) Math.round(WIDTH * Math.clamp(share, 0, 1));
            out.printf("%s[%s%s] %3.0f %%  %s", ERASE_LINE, "#".repeat(filled), ".".repeat(WIDTH - filled), 100 * share, what);
            out.flush();
        }
    }

    /// Takes the bar away.
    public void clear() {
        if (shown) {
            out.print(ERASE_LINE);
            out.flush();
        }
    }
}
