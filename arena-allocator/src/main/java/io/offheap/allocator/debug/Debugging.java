package io.offheap.allocator.debug;

import java.util.Locale;
import java.util.Objects;

/// What the safety kit of an allocator does: a debugging aid, off by default. Immutable; each method that sets something
/// answers changed options.
///
/// ```java
/// OffHeapAllocator.builder().debug(Debugging.on().sampling(1));      // and a trace of every block
/// ```
///
/// @param samplingBytes   a block is sampled for so many allocated bytes on average: what is known of it says where it was allocated
///                        and freed. 1: every block; 0: none
/// @param quarantineBytes freed blocks are kept from being used again up to so many bytes, the oldest leaving first. Each counts
///                        with some 200 bytes more
/// @param poison          whether freed bytes are overwritten with [#FREED] and checked before they are used again, and new ones that need
///                        not be zero with [#FRESH]; of large blocks the first MiB
/// @param redzones        whether there are bytes behind each block that are checked when it is freed
/// @param guards          what sampled blocks have beside them
/// @param listener        is told what is found
public record Debugging(
        long samplingBytes, long quarantineBytes, boolean poison, boolean redzones, Guards guards, DebugListener listener) {

    /// The system property that is the default of every builder, as [#parse] reads it.
    public static final String PROPERTY = "io.offheap.debug";

    /// What freed bytes are overwritten with: jemalloc's value.
    public static final byte FREED = 0x5a;

    /// What bytes that need not be zero hold when they are handed out: jemalloc's value.
    public static final byte FRESH = (byte) 0xa5;

    /// As jemalloc's: often enough for what matters, too seldom to be felt.
    private static final long USUAL_SAMPLING = 512 << 10;

    private static final long USUAL_QUARANTINE = 16 << 20;

    private static final Debugging OFF = new Debugging(0, 0, false, false, Guards.NONE, DebugListener.LOGGING);

    private static final Debugging ON = new Debugging(
            USUAL_SAMPLING, USUAL_QUARANTINE, true, true, Guards.DETECT, DebugListener.LOGGING);

    /// Checks the options.
    ///
    /// @throws IllegalArgumentException if a number is negative
    public Debugging {
        if (samplingBytes < 0 || quarantineBytes < 0) {
            throw new IllegalArgumentException(
                    "samplingBytes=" + samplingBytes + ", quarantineBytes=" + quarantineBytes + ": negative");
        }
        Objects.requireNonNull(guards, "guards");
        Objects.requireNonNull(listener, "listener");
    }

    /// {@return no safety kit: it costs nothing}
    public static Debugging off() {
        return OFF;
    }

    /// {@return every part of the kit, with a sampled block in 512 KiB} The guards detect and do not trap.
    public static Debugging on() {
        return ON;
    }

    /// {@return as [#on], with every block sampled} Several times as slow.
    public static Debugging full() {
        return ON.sampling(1);
    }

    /// {@return sampled traces alone, for a leak in production: nothing is done to blocks that are not sampled}
    public static Debugging sampled() {
        return OFF.sampling(USUAL_SAMPLING);
    }

    /// {@return the options in a text: `off`, `on`, `full` or `sampled`; then, with commas between, `sampling=BYTES`,
    /// `quarantine=BYTES`, `poison=BOOLEAN`, `redzones=BOOLEAN`, `guards=none|detect|trap`} Bytes with `k`, `m` or `g` behind them are
    /// multiples of 1024. As in `on,sampling=1,quarantine=256m`.
    ///
    /// @throws IllegalArgumentException if it is none of that
    public static Debugging parse(String text) {
        final var parts = text.strip().split(",", -1);
        var options = named(parts[0].strip());
        for (int i = 1; i < parts.length; i++) {
            final var part = parts[i].strip();
            final int equals = part.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("no value in " + part);
            }
            options = options.with(part.substring(0, equals), part.substring(equals + 1).toLowerCase(Locale.ROOT));
        }
        return options;
    }

    /// {@return the options in the system property [#PROPERTY], off if it is not set}
    ///
    /// @throws IllegalArgumentException if it cannot be read; the message names the property
    public static Debugging fromProperty() {
        final var text = System.getProperty(PROPERTY);
        if (text == null) {
            return OFF;
        }
        try {
            return parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(PROPERTY + "=" + text + ": " + e.getMessage(), e);
        }
    }

    private static Debugging named(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "off" -> OFF;
            case "on" -> ON;
            case "full" -> full();
            case "sampled" -> sampled();
            default -> throw new IllegalArgumentException(name + " is none of off, on, full, sampled");
        };
    }

    private Debugging with(String name, String value) {
        return switch (name) {
            case "sampling" -> sampling(bytes(value));
            case "quarantine" -> quarantine(bytes(value));
            case "poison" -> poison(yesOrNo(value));
            case "redzones" -> redzones(yesOrNo(value));
            case "guards" -> guards(Guards.valueOf(value.toUpperCase(Locale.ROOT)));
            default -> throw new IllegalArgumentException("there is no option " + name);
        };
    }

    private static long bytes(String text) {
        final int unit = text.isEmpty() ? 0 : "kmg".indexOf(text.charAt(text.length() - 1)) + 1;
        final long number = Long.parseLong(unit == 0 ? text : text.substring(0, text.length() - 1));
        try {
            return Math.multiplyExact(number, 1L << 10 * unit);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("more bytes than a long can count: " + text, e);
        }
    }

    private static boolean yesOrNo(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text + " is neither true nor false");
        };
    }

    /// {@return whether there is anything to do}
    public boolean isOn() {
        return samplingBytes > 0 || changesEveryBlock();
    }

    /// {@return whether blocks that are not sampled are treated specially too}
    public boolean changesEveryBlock() {
        return quarantineBytes > 0 || poison || redzones;
    }

    /// {@return these options with another sampling rate}
    ///
    /// @param bytes 0 or more
    /// @throws IllegalArgumentException if it is negative
    public Debugging sampling(long bytes) {
        return new Debugging(bytes, quarantineBytes, poison, redzones, guards, listener);
    }

    /// {@return these options with another bound of the quarantine}
    ///
    /// @param bytes 0 or more
    /// @throws IllegalArgumentException if it is negative
    public Debugging quarantine(long bytes) {
        return new Debugging(samplingBytes, bytes, poison, redzones, guards, listener);
    }

    /// {@return these options with or without poison}
    public Debugging poison(boolean filled) {
        return new Debugging(samplingBytes, quarantineBytes, filled, redzones, guards, listener);
    }

    /// {@return these options with or without redzones}
    public Debugging redzones(boolean added) {
        return new Debugging(samplingBytes, quarantineBytes, poison, added, guards, listener);
    }

    /// {@return these options with other guards}
    ///
    /// @param newGuards not null
    public Debugging guards(Guards newGuards) {
        return new Debugging(samplingBytes, quarantineBytes, poison, redzones, newGuards, listener);
    }

    /// {@return these options with another listener}
    ///
    /// @param newListener not null
    public Debugging listener(DebugListener newListener) {
        return new Debugging(samplingBytes, quarantineBytes, poison, redzones, guards, newListener);
    }
}
