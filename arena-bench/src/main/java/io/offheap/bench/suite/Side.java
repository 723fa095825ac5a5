package io.offheap.bench.suite;

import io.offheap.bench.contestant.Contestants;
import java.util.Arrays;

/// The sides on which contestants stand, by their names.
enum Side {
    /// This project.
    OURS("ours"),
    /// What the JDK brings.
    JDK("JDK"),
    /// The C library's malloc, called from Java.
    MALLOC("malloc"),
    /// jemalloc, mimalloc and tcmalloc, called from Java.
    OTHER_MALLOC("jemalloc \u2026"),
    /// Netty.
    NETTY("Netty"),
    /// Arrow.
    ARROW("Arrow"),
    /// A program in C, which Java cannot be.
    IN_C("in C"),
    /// A system call alone, or another yardstick.
    RAW("alone");

    private final String heading;

    Side(String heading) {
        this.heading = heading;
    }

    /// {@return the side in a heading}
    String heading() {
        return heading;
    }

    /// {@return whether a Java program could use it instead of this project}
    boolean isPeer() {
        return this != OURS && this != IN_C;
    }

    /// {@return where a contestant stands}
    static Side of(String contestant) {
        if (contestant.equals(Contestants.FFM_MALLOC) || contestant.equals(Contestants.UNSAFE_MALLOC)) {
            return MALLOC;
        }
        return Arrays.stream(Prefix.values())
                .filter(prefix -> contestant.startsWith(prefix.text))
                .map(prefix -> prefix.side)
                .findFirst()
                .orElse(RAW);
    }

    private enum Prefix {
        OFFHEAP("offheap-", OURS),
        JDK_NAMES("jdk-", JDK),
        FFM("ffm-", OTHER_MALLOC),
        NETTY_NAMES("netty-", NETTY),
        ARROW_NAMES("arrow-", ARROW),
        C("c-", IN_C);

        private final String text;
        private final Side side;

        Prefix(String text, Side side) {
            this.text = text;
            this.side = side;
        }
    }
}
