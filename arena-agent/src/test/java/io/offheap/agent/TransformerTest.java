package io.offheap.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransformerTest {

    private final Counters counters = new Counters();
    private final ClassLoader loader = getClass().getClassLoader();
    private byte[] sample;
    private Transformer transformer;

    @BeforeEach
    void load() throws IOException {
        transformer = transformer("");
        try (var in = Sample.class.getResourceAsStream("Sample.class")) {
            sample = in.readAllBytes();
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
    void classThatCannotBeReadIsLoadedAsItIsAndCounted() {
        final byte[] cut = java.util.Arrays.copyOf(sample, sample.length / 2);
        assertNull(transform(loader.getUnnamedModule(), loader, "com/shop/Cart", cut));
        assertNull(transform(loader.getUnnamedModule(), loader, "com/shop/Shelf", cut));
        assertEquals("redirected 0 call sites in 0 classes, left 2 as they were", counters.summary());
    }
}
