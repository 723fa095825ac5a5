package io.offheap.bench;

import java.io.Console;
import java.io.PrintStream;

/// One line that shows how far a long job is; nothing at all where no one watches a terminal. It is taken away when the JVM is told
/// to end, too.
///
/// Drawn by one thread; the JVM's end may come in between.
public final class ProgressBar {

    private static final int WIDTH = 30;
    private static final String ERASE_LINE = "\r\033[K";

    private final PrintStream out;
    private final boolean shown;
    private final Thread clearWithParent = new Thread(this::clearForGood, "clear-progress");

    /// Guarded by this object's lock, as what follows.
    private boolean isDrawn;
    private boolean isOver;

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
    public synchronized void show(double share, String what) {
        if (shown && !isOver && !isDrawn) {
            begin();
        }
        if (isDrawn) {
            final int filled = (int) Math.round(WIDTH * Math.clamp(share, 0, 1));
            out.printf("%s[%s%s] %3.0f %%  %s", ERASE_LINE, "#".repeat(filled), ".".repeat(WIDTH - filled), 100 * share, what);
            out.flush();
        }
    }

    private void begin() {
        try {
            Runtime.getRuntime().addShutdownHook(clearWithParent);
            isDrawn = true;
        } catch (IllegalStateException shuttingDown) {
            isOver = true;
        }
    }

    /// Takes the bar away.
    public synchronized void clear() {
        if (isDrawn) {
            erase();
            try {
                Runtime.getRuntime().removeShutdownHook(clearWithParent);
            } catch (IllegalStateException shuttingDown) {
                // then the hook finds nothing to do
            }
        }
    }

    private synchronized void clearForGood() {
        isOver = true;
        if (isDrawn) {
            erase();
        }
    }

    private void erase() {
        isDrawn = false;
        out.print(ERASE_LINE);
        out.flush();
    }
}
