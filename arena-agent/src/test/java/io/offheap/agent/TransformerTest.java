package io.offheap.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import program.Buffers;
import program.Waiting;

class TransformerTest {

    private final Counters counters = new Counters();
    private final ClassLoader loader = getClass().getClassLoader();
    private byte[] sample;
    private Transformer transformer;

    @BeforeEach
    void load() throws IOException {
        transformer = transformer("");
        sample = classFile(Sample.class);
    }

    private static byte[] classFile(Class<?> type) throws IOException {
        try (var in = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
            return in.readAllBytes();
        }
    }

    private Transformer transformer(String options) {
        return new Transformer(AgentOptions.parse(options), counters, new Log(Log.Verbosity.OFF));
    }

    private byte[] transform(Module module, ClassLoader from, String name, byte[] bytes) {
        return transformer.transform(module, from, name, null, null, bytes);
    }

    @Test
    void classOfTheProgramIsRedirectedAndCounted() {
        assertNotNull(transform(loader.getUnnamedModule(), loader, "com/shop/Cart", sample));
        assertEquals("redirected 6 call sites in 1 classes (ByteBuffer.allocateDirect: 6 sites, 0 calls)",
                counters.summary());
    }

    @Test
    void classesOfTheJdkAndOfThisLibraryAreLeftAlone() {
        final var unnamed = loader.getUnnamedModule();
        assertNull(transform(Object.class.getModule(), null, "sun/nio/ch/Util", sample));
        assertNull(transform(unnamed, ClassLoader.getPlatformClassLoader(), "sun/Any", sample));
        assertNull(transform(Object.class.getModule(), loader, "com/sun/tools/Any", sample));
        assertNull(transform(unnamed, loader, "io/offheap/allocator/Any", sample));
        assertNull(transform(unnamed, loader, null, sample));
        assertEquals(0, counters.classes());
    }

    @Test
    void excludedClassIsLeftAlone() {
        transformer = transformer("exclude=com.shop.*");
        assertNull(transform(loader.getUnnamedModule(), loader, "com/shop/Cart", sample));
        assertNotNull(transform(loader.getUnnamedModule(), loader, "com/market/Cart", sample));
    }

    @Test
    void classThatTheJvmTransformsAgainIsRedirectedAgainAndCountedOnce() {
        assertNotNull(transform(loader.getUnnamedModule(), loader, "io/shop/Cart", sample));
        assertNotNull(transformer.transform(loader.getUnnamedModule(), loader, "io/shop/Cart", Sample.class, null, sample));
        assertEquals(1, counters.classes());
    }

    /// As much of a JVM as changes loaded classes: it changes none if one of the new class files is none, or is refused.
    private final class Jvm {
        private final Set<String> changed = new TreeSet<>();
        private int refusals;

        Instrumentation instrumentation() {
            return (Instrumentation) Proxy.newProxyInstance(loader, new Class<?>[] {Instrumentation.class},
                    (_, method, arguments) -> switch (method.getName()) {
                        case "getAllLoadedClasses" -> new Class<?>[] {String.class, Buffers.class, Waiting.class, int[].class};
                        case "isModifiableClass" -> !((Class<?>) arguments[0]).isArray();
                        default -> retransform((Class<?>[]) arguments[0]);
                    });
        }

        private Object retransform(Class<?>... types) throws IOException {
            final var names = new TreeSet<String>();
            for (final var type : types) {
                final var file = transformer.transform(type.getModule(), loader, type.getName().replace('.', '/'), type, null,
                        classFile(type));
                if (file != null && file.length < 100) {
                    throw new ClassFormatError("no class file");
                }
                names.add(type.getSimpleName());
            }
            if (refusals-- > 0) {
                throw new InternalError("class redefinition failed");
            }
            changed.addAll(names);
            return null;
        }
    }

    @Test
    void loadedClassesAreChangedIfTheyHaveSomethingToRedirect() {
        final var jvm = new Jvm();
        transformer.redirectLoaded(jvm.instrumentation());
        assertEquals(Set.of("Buffers"), jvm.changed);
        assertEquals("redirected 7 call sites in 1 classes (ByteBuffer.allocateDirect: 7 sites, 0 calls)", counters.summary());
    }

    @Test
    void loadedClassesAreChangedOneByOneIfTheyAreRefusedTogether() {
        final var jvm = new Jvm();
        jvm.refusals = 1;
        transformer.redirectLoaded(jvm.instrumentation());
        assertEquals(Set.of("Buffers"), jvm.changed);
        assertEquals(1, counters.classes());
        assertEquals(0, counters.failedClasses());
    }

    @Test
    void loadedClassThatIsRefusedIsLeftAsItIsAndCounted() {
        final var jvm = new Jvm();
        jvm.refusals = 2;
        transformer.redirectLoaded(jvm.instrumentation());
        assertEquals(Set.of(), jvm.changed);
        assertEquals("redirected 0 call sites in 0 classes, left 1 as they were", counters.summary());
    }

    @Test
    void classThatCannotBeReadIsLoadedAsItIsAndCounted() {
        final byte[] cut = java.util.Arrays.copyOf(sample, sample.length / 2);
        assertNull(transform(loader.getUnnamedModule(), loader, "com/shop/Cart", cut));
        assertNull(transform(loader.getUnnamedModule(), loader, "com/shop/Shelf", cut));
        assertEquals("redirected 0 call sites in 0 classes, left 2 as they were", counters.summary());
    }
}
