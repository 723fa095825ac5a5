package io.offheap.allocator;

import io.offheap.allocator.OffHeapAllocator.Builder;
import io.offheap.allocator.debug.Debugging;
import io.offheap.memory.os.Platform;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// The allocator that a process has in common: made by the first who asks, with options from system properties, and never
/// closed.
final class SharedAllocator {

    private static final String PREFIX = "io.offheap.";

    /// Written under the class's lock.
    private static volatile OffHeapAllocator instance;

    private SharedAllocator() {}

    static OffHeapAllocator get() {
        final var made = instance;
        return made != null ? made : make();
    }

    private static synchronized OffHeapAllocator make() {
        if (instance == null) {
            instance = builder(System::getProperty).build();
            reportAtExit(instance);
            warn(unknown(System.getProperties().stringPropertyNames()));
        }
        return instance;
    }

    /// A word misspelt is a limit that is not there, which shows too late.
    private static void warn(List<String> unknown) {
        if (!unknown.isEmpty()) {
            System.getLogger(SharedAllocator.class.getPackageName()).log(Level.WARNING,
                    "No options of the shared allocator, so without effect: " + unknown + "; there are " + known());
        }
    }

    /// {@return those of the names of system properties that read like options and are none, in order}
    static List<String> unknown(Set<String> properties) {
        final Set<String> known = known();
        return properties.stream()
                .filter(name -> name.startsWith(PREFIX) && name.indexOf('.', PREFIX.length()) < 0 && !known.contains(name))
                .sorted().toList();
    }

    private static Set<String> known() {
        final Set<String> known = new TreeSet<>(Set.of(Platform.PAGES_PROPERTY));
        builder(name -> {
            known.add(name);
            return null;
        });
        return known;
    }

    /// Nobody closes it, so its blocks that are live at the end show when the process ends. Loggers may have ended by then.
    private static void reportAtExit(OffHeapAllocator shared) {
        if (shared.debugReport().isPresent()) {
            Runtime.getRuntime().addShutdownHook(new Thread(
                    () -> shared.debugReport().ifPresent(report -> System.err.print(report.page())), "offheap-debug-report"));
        }
    }

    static boolean is(OffHeapAllocator allocator) {
        return allocator == instance;
    }

    /// {@return a builder with the options that are set}
    ///
    /// @param properties answers null for what is not set
    /// @throws IllegalArgumentException if a value cannot be read or is out of range; the message names the property
    static Builder builder(UnaryOperator<String> properties) {
        final var builder = OffHeapAllocator.builder().name("shared");
        final var options = new Options(properties);
        options.read("name", Function.identity(), builder::name);
        options.read("hardLimit", SharedAllocator::bytes, builder::hardLimit);
        options.read("softLimit", SharedAllocator::bytes, builder::softLimit);
        options.read("reserve", SharedAllocator::bytes, builder::reserve);
        options.read("decay", Duration::parse, builder::decay);
        options.read("shards", Integer::valueOf, builder::shards);
        options.read("lazyFree", SharedAllocator::yesOrNo, builder::lazyFree);
        options.read("checks", text -> Checks.valueOf(text.toUpperCase(Locale.ROOT)), builder::checks);
        options.read("hugePages", text -> HugePages.valueOf(text.toUpperCase(Locale.ROOT)), builder::hugePages);
        options.read("managementBeans", SharedAllocator::yesOrNo, builder::managementBeans);
        options.read("directLimit", SharedAllocator::bytes, builder::directLimit);
        options.read("explicitGc", SharedAllocator::yesOrNo, builder::explicitGc);
        options.read("zeroOnFree", SharedAllocator::yesOrNo, builder::zeroOnFree);
        options.read("coreDumps", SharedAllocator::yesOrNo, builder::coreDumps);
        options.read("debug", Debugging::parse, builder::debug);
        return builder;
    }

    private record Options(UnaryOperator<String> properties) {

        <T> void read(String name, Function<String, T> parse, Function<T, Builder> set) {
            final var text = properties.apply(PREFIX + name);
            if (text != null) {
                try {
                    set.apply(parse.apply(text.strip()));
                } catch (IllegalArgumentException | DateTimeParseException e) {
                    throw new IllegalArgumentException("%s%s=%s: %s".formatted(PREFIX, name, text, e.getMessage()), e);
                }
            }
        }
    }

    /// {@return bytes: a number, with `k`, `m`, `g` or `t` behind it for powers of 1024}
    private static long bytes(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("no number of bytes");
        }
        final int unit = "kmgt".indexOf(Character.toLowerCase(text.charAt(text.length() - 1))) + 1;
        final var number = unit == 0 ? text : text.substring(0, text.length() - 1);
        try {
            return Math.multiplyExact(Long.parseLong(number), 1L << 10 * unit);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("more bytes than a long can count", e);
        }
    }

    private static boolean yesOrNo(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        };
    }
}
