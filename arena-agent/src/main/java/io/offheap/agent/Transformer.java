package io.offheap.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Decides which classes are rewritten, as they are loaded, and lets none fail: what cannot be rewritten is loaded as it is.
///
/// Classes of the JDK are left alone whatever the options say: `sun.nio.ch` frees its buffers through cleaners that ours
/// do not have. So are those of this library, which calls what it stands for.
///
/// Called by any thread that loads a class, with the class loader's lock held.
final class Transformer implements ClassFileTransformer {

    private static final byte[] UNCHANGED = null;

    private final AgentOptions options;
    private final ClassRewriter rewriter;
    private final Counters counters;
    private final Log log;

    /// What [#redirectLoaded] looks with, else null.
    private volatile Probe probe;

    Transformer(AgentOptions options, Counters counters, Log log) {
        this.options = options;
        this.rewriter = new ClassRewriter(options.redirections());
        this.counters = counters;
        this.log = log;
    }

    /// Loads and links what a rewrite needs, on a class that calls what is redirected: later it would happen in the middle of
    /// the program's own class loading and linking.
    void warmUp() {
        try (var in = Surface.class.getResourceAsStream("Surface.class")) {
            rewriter.rewrite(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("the agent's jar", e);
        }
    }

    @Override
    public byte[] transform(Module module, ClassLoader loader, String internalName, Class<?> redefined,
                            ProtectionDomain domain, byte[] classFile) {
        if (internalName == null || isLeftAlone(module, loader, internalName)) {
            return UNCHANGED;
        }
        final var looking = probe;
        if (looking != null && looking.hasAskedFor(redefined)) {
            return looking.look(classFile);
        }
        final var name = internalName.replace('/', '.');
        return options.accepts(name) ? rewrite(name, classFile, redefined == null) : UNCHANGED;
    }

    private static boolean isLeftAlone(Module module, ClassLoader loader, String internalName) {
        return loader == null || loader == ClassLoader.getPlatformClassLoader()
                || module.isNamed() && isOfJdk(module.getName()) || internalName.startsWith("io/offheap/");
    }

    private static boolean isOfJdk(String moduleName) {
        return moduleName.startsWith("java.") || moduleName.startsWith("jdk.");
    }

    /// @param isNew whether to count it: other agents may have the JVM transform a class any number of times
    private byte[] rewrite(String name, byte[] classFile, boolean isNew) {
        final var rewritten = tryRewrite(name, classFile);
        if (isNew && rewritten.isPresent()) {
            redirected(name, rewritten.get().sites());
        }
        return rewritten.map(ClassRewriter.Rewritten::bytes).orElse(UNCHANGED);
    }

    private Optional<ClassRewriter.Rewritten> tryRewrite(String name, byte[] classFile) {
        try {
            return rewriter.rewrite(classFile);
        } catch (RuntimeException | Error e) {
            failed(name, e);
            return Optional.empty();
        }
    }

    private void redirected(String name, Map<Redirection, Integer> sites) {
        counters.countClass(sites);
        log.redirected(name, sites.toString());
    }

    private void failed(String name, Throwable cause) {
        counters.countFailedClass();
        log.warnOnce("rewrite", "cannot redirect " + name + ", and says so of no other class: " + cause);
    }

    /// Redirects what is loaded already. A class that the JVM does not let change is left as it is.
    ///
    /// To change classes the JVM stops the program, for the longer the more are loaded. So it is asked to change those alone that
    /// have something to redirect, and all of them at once; one by one if that fails.
    void redirectLoaded(Instrumentation instrumentation) {
        final var sites = sitesOfLoaded(instrumentation);
        if (sites.isEmpty() || change(instrumentation, sites.keySet()).isEmpty()) {
            sites.forEach((type, found) -> redirected(type.getName(), found));
            return;
        }
        sites.forEach((type, found) -> change(instrumentation, Set.of(type)).ifPresentOrElse(
                problem -> failed(type.getName(), problem), () -> redirected(type.getName(), found)));
    }

    private Map<Class<?>, Map<Redirection, Integer>> sitesOfLoaded(Instrumentation instrumentation) {
        final var sites = new LinkedHashMap<Class<?>, Map<Redirection, Integer>>();
        final var looking = new Probe(instrumentation, this::sitesIn);
        probe = looking;
        for (final Class<?> type : instrumentation.getAllLoadedClasses()) {
            if (isCandidate(type) && instrumentation.isModifiableClass(type)) {
                final var found = looking.sitesOf(type);
                if (!found.isEmpty()) {
                    sites.put(type, found);
                }
            }
        }
        probe = null;
        return sites;
    }

    private Map<Redirection, Integer> sitesIn(Class<?> type, byte[] classFile) {
        return tryRewrite(type.getName(), classFile).map(ClassRewriter.Rewritten::sites).orElse(Map.of());
    }

    private boolean isCandidate(Class<?> type) {
        return !type.isHidden() && !isLeftAlone(type.getModule(), type.getClassLoader(), type.getName().replace('.', '/'))
                && options.accepts(type.getName());
    }

    /// {@return what kept the JVM from it, if anything; all are as they were then}
    private static Optional<Throwable> change(Instrumentation instrumentation, Set<Class<?>> types) {
        try {
            instrumentation.retransformClasses(types.toArray(Class<?>[]::new));
            return Optional.empty();
        } catch (UnmodifiableClassException | RuntimeException | Error e) {
            return Optional.of(e);
        }
    }
}
