package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.buffer.ByteBuf;
import io.offheap.allocator.OffHeapAllocator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RackTest {

    private static final int MOST = 256;

    @Test
    void eachObjectIsTakenOnceAndNoMoreAreKeptThanMayBe() {
        try (var memory = OffHeapAllocator.builder().name("rack").managementBeans(false).build()) {
            final var allocator = new OffHeapByteBufAllocator(memory);
            final var rack = new Rack(1);
            final List<OffHeapByteBuf> put = new ArrayList<>();
            for (int i = 0; i < MOST + 1; i++) {
                put.add(new OffHeapByteBuf(allocator));
                rack.put(put.getLast());
            }
            final Set<OffHeapByteBuf> taken = Collections.newSetFromMap(new IdentityHashMap<>());
            for (int i = 0; i < MOST; i++) {
                taken.add(rack.take());
            }
            assertEquals(MOST, taken.size());
            assertFalse(taken.contains(null));
            assertFalse(taken.contains(put.getLast()), "there was no room for it");
            assertNull(rack.take());
        }
    }

    @Test
    void anObjectIsUsedAgainByWhoeverReleasedItAndItsBytesAreCountedOnce() throws Exception {
        try (var memory = OffHeapAllocator.builder().name("rack").managementBeans(false).build()) {
            final var allocator = new OffHeapByteBufAllocator(memory);
            final ByteBuf here = allocator.directBuffer(100);
            final var there = new AtomicReference<ByteBuf>();
            final var thread = new Thread(() -> {
                here.release();
                there.set(allocator.directBuffer(300));     // the object that was released, counted on this thread's rack
                there.get().release();
                there.set(allocator.directBuffer(30));
            });
            thread.start();
            thread.join();
            assertSame(object(here), object(there.get()));
            assertEquals(30, allocator.metric().usedDirectMemory());
            there.get().release();
            assertEquals(0, allocator.metric().usedDirectMemory());
            final ByteBuf again = allocator.directBuffer(7);
            assertSame(object(here), object(again));
            final ByteBuf other = allocator.directBuffer(8);
            assertNotSame(object(again), object(other));
            assertEquals(15, allocator.metric().usedDirectMemory());
            again.release();
            other.release();
            assertEquals(0, allocator.metric().usedDirectMemory());
        }
    }

    /// {@return what is used again: the leak detector's wrapper is not}
    private static ByteBuf object(ByteBuf buffer) {
        return buffer instanceof OffHeapByteBuf ? buffer : buffer.unwrap();
    }
}
