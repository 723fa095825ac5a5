package io.offheap.bench.contestant;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// `arrow-unsafe`: buffers of Apache Arrow, over memory from Unsafe. Sizes are rounded up to a multiple of 8, and each buffer
/// is accounted for against the allocator's limit.
final class Arrow extends ObjectContestant<ArrowBuf> {

    private static final String PROPERTIES = "/META-INF/maven/org.apache.arrow/arrow-memory-core/pom.properties";

    private final BufferAllocator allocator = new RootAllocator();

    @Override
    ArrowBuf allocate(long sizeBytes) {
        return allocator.buffer(sizeBytes);
    }

    @Override
    long address(ArrowBuf block) {
        return block.memoryAddress();
    }

    @Override
    void free(ArrowBuf block) {
        block.close();
    }

    @Override
    public String version() {
        final Properties properties = new Properties();
        try (InputStream file = Arrow.class.getResourceAsStream(PROPERTIES)) {
            if (file != null) {
                properties.load(file);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return "Arrow " + properties.getProperty("version", "of unknown version");
    }

    @Override
    public void close() {
        allocator.close();
    }
}
