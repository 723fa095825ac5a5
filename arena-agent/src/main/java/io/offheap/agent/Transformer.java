package io.offheap.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;

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
        final var name = internalName.replace('/', '.');
        return options.accepts(name) ? rewrite(name, classFile) : UNCHANGED;
    }

    private static boolean isLeftAlone(Module module, ClassLoader loader, String internalName) {
        return loader == null || loader == ClassLoader.getPlatformClassLoader()
                || module.isNamed() && isOfJdk(module.getName()) || internalName.startsWith("io/offheap/");
    }

    private static boolean isOfJdk(String moduleName) {
        return moduleName.startsWith("java.") || moduleName.startsWith("jdk.");
    }

    private byte[] rewrite(String name, byte[] classFile) {
        try {
            final var rewritten = rewriter.rewrite(classFile);
            if (rewritten.isEmpty()) {
                return UNCHANGED;
            }
            counters.countClass(rewritten.get().sites());
            log.redirected(name, rewritten.get().sites().toString());
            return rewritten.get().bytes();
        } catch (RuntimeException | Error e) {
            failed(name, e);
            return UNCHANGED;
        }
    }

    private void failed(String name, Throwable cause) {
        counters.countFailedClass();
        log.warnOnce("rewrite", "cannot redirect " + name + ", and says so of no other class: " + cause);
    }

    /// Redirects what is loaded already. A class that the JVM does not let change is left as it is.
    void redirectLoaded(Instrumentation instrumentation) {
        for (final Class<?> type : instrumentation.getAllLoadedClasses()) {
            if (isCandidate(type) && instrumentation.isModifiableClass(type)) {
                redirectLoaded(instrumentation, type);
            }
        }
    }

    private boolean isCandidate(Class<?> type) {
        return !type.isHidden() && !isLeftAlone(type.getModule(), type.getClassLoader(), type.getName().replace('.', '/'))
                && options.accepts(type.getName());
    }

    private void redirectLoaded(Instrumentation instrumentation, Class<?> type) {
        try {
            instrumentation.retransformClasses(type);
        } catch (UnmodifiableClassException | RuntimeException | Error e) {
            failed(type.getName(), e);
        }
    }
}
