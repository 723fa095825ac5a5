package io.offheap.agent;

import java.util.EnumSet;
import java.util.Set;

/// What the user chose behind `-javaagent:arena-agent.jar=`.
///
/// ```
/// include=com.shop.*:org.h2.*,exclude=com.shop.legacy.*,arenas=on,log=classes
/// ```
///
/// @param include      classes whose calls are redirected, unless they are excluded
/// @param exclude      classes that are left alone
/// @param redirections what is redirected
/// @param verbosity    what is said on standard error
record AgentOptions(ClassPatterns include, ClassPatterns exclude, Set<Redirection> redirections, Log.Verbosity verbosity) {

    /// Netty pools its buffers itself, counts them, and frees them through reflection. Also where it is shaded.
    private static final ClassPatterns DEFAULT_LEFT_OUT = ClassPatterns.parse("io.netty.*:*.io.netty.*");

    /// {@return the options in `text`: pairs of a name and a value, separated by commas}
    ///
    /// | name | value | default |
    /// | --- | --- | --- |
    /// | `include` | patterns of class names, separated by colons, `*` for any characters | every class but Netty's |
    /// | `exclude` | the same | none |
    /// | `arenas` | `on` or `off`: whether the factories of `Arena` are redirected too | `off` |
    /// | `log` | `off`, `summary`: one line at exit, `classes`: and one for each class | `summary` |
    ///
    /// @param text null or empty: the defaults
    /// @throws IllegalArgumentException if a name or a value is unknown, or a name occurs twice
    static AgentOptions parse(String text) {
        final var values = OptionValues.parse(text);
        final var include = values.take("include").map(ClassPatterns::parse);
        final var exclude = values.take("exclude").map(ClassPatterns::parse).orElse(ClassPatterns.NONE);
        final boolean arenas = values.take("arenas", "off", "off", "on").equals("on");
        final var log = values.take("log", "summary", "off", "summary", "classes");
        values.checkAllTaken();
        return new AgentOptions(include.orElse(ClassPatterns.ALL),
                include.isPresent() ? exclude : exclude.and(DEFAULT_LEFT_OUT),
                arenas ? EnumSet.allOf(Redirection.class) : EnumSet.copyOf(Redirection.BUFFERS),
                Log.Verbosity.valueOf(log.toUpperCase(java.util.Locale.ROOT)));
    }

    /// {@return whether calls in the class are redirected}
    ///
    /// @param className with dots
    boolean accepts(String className) {
        return include.matches(className) && !exclude.matches(className);
    }
}
