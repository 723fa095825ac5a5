package io.offheap.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.Set;

/// The way into a package of the JDK that is closed to everybody else.
///
/// A package is opened to a module, and cannot be closed again. The agent's own module is the unnamed one that it shares with
/// the program's class path: libraries that find `java.nio` open do other things than they do without the agent. So this class is
/// defined a second time, by a class loader of its own, whose module has nothing else in it.
public final class Door {

    private Door() {}

    /// {@return a lookup with private access to the package of a class}
    ///
    /// @param member a class of the package
    static MethodHandles.Lookup into(Class<?> member, Instrumentation instrumentation) throws IllegalAccessException {
        final var inside = new Loader().load();
        instrumentation.redefineModule(member.getModule(), Set.of(), Map.of(),
                Map.of(member.getPackageName(), Set.of(inside.getModule())), Set.of(), Map.of());
        try {
            return (MethodHandles.Lookup) inside.getMethod("open", Class.class).invoke(null, member);
        } catch (NoSuchMethodException | InvocationTargetException e) {
            throw new AssertionError("it is this class, and the package is open to it", e);
        }
    }

    /// To be called in the second definition of this class. Public for that.
    ///
    /// @param member a class of a package that is open to the caller's module
    /// @return a lookup with private access to it
    /// @throws IllegalAccessException if it is not open
    public static MethodHandles.Lookup open(Class<?> member) throws IllegalAccessException {
        return MethodHandles.privateLookupIn(member, MethodHandles.lookup());
    }

    /// Knows the JDK and one class more.
    private static final class Loader extends ClassLoader {

        Loader() {
            super(null);
        }

        Class<?> load() {
            try (var in = Door.class.getResourceAsStream("Door.class")) {
                final byte[] classFile = in.readAllBytes();
                return defineClass(Door.class.getName(), classFile, 0, classFile.length);
            } catch (IOException e) {
                throw new UncheckedIOException("the agent's jar", e);
            }
        }
    }
}
