package io.offheap.agent;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.Map;
import java.util.function.BiFunction;

/// Looks into classes that are loaded already, and leaves them as they are.
///
/// The JVM shows the file of a loaded class to transformers only, when it is to transform the class again. So it is asked to, and
/// is handed what is no class file: it refuses that, and nothing has changed. Let go on, it would stop the program and discard
/// compiled code, once for each class.
///
/// Used by one thread, which the JVM calls back.
final class Probe {

    private static final byte[] NO_CLASS_FILE = {0};

    private final Thread owner = Thread.currentThread();
    private final Instrumentation instrumentation;
    private final BiFunction<Class<?>, byte[], Map<Redirection, Integer>> sites;

    /// The class that is looked into, or null. Like what is found, of use to the owner only.
    private Class<?> subject;
    private Map<Redirection, Integer> found;

    /// @param sites tells what a class has to redirect, by its file
    Probe(Instrumentation instrumentation, BiFunction<Class<?>, byte[], Map<Redirection, Integer>> sites) {
        this.instrumentation = instrumentation;
        this.sites = sites;
    }

    /// {@return what a loaded class has to redirect; nothing, if the JVM does not show it}
    Map<Redirection, Integer> sitesOf(Class<?> type) {
        subject = type;
        found = Map.of();
        try {
            instrumentation.retransformClasses(type);
        } catch (UnmodifiableClassException | RuntimeException | LinkageError | InternalError refused) {
            // what the JVM was handed, or already that it was asked
        } finally {
            subject = null;
        }
        return found;
    }

    /// {@return whether the JVM shows the class because this probe has asked it to}
    boolean hasAskedFor(Class<?> type) {
        return type != null && Thread.currentThread() == owner && type == subject;
    }

    /// Takes what the JVM shows.
    ///
    /// @return what the JVM is to be handed
    byte[] look(byte[] classFile) {
        found = sites.apply(subject, classFile);
        return NO_CLASS_FILE;
    }
}
