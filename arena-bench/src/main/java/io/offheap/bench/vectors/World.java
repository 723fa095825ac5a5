package io.offheap.bench.vectors;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.SharedObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// The spaces and files of one scenario, and how symbols are kept in pages: each word of a page is the symbol's
/// code, and `0` is a page of zeros.
final class World implements AutoCloseable {

    private final QuotaGate gate = new QuotaGate();
    /// Purged by the scenario alone, however short memory is here.
    private final MemoryDomain domain =
            MemoryDomain.builder().allocationGate(gate).pressure().decay(Duration.ofNanos(-1)).build();
    private final Map<String, AddressSpace> spaces = new HashMap<>();
    private final Map<String, SharedObject> files = new HashMap<>();
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment page = arena.allocate(domain.pageSize(), Long.BYTES);

    MemoryDomain domain() {
        return domain;
    }

    QuotaGate gate() {
        return gate;
    }

    /// {@return the number of bytes of some pages}
    long bytes(long pages) {
        return Math.multiplyExact(pages, domain.pageSize());
    }

    AddressSpace space(String name) {
        return spaces.get(name);
    }

    SharedObject file(String name) {
        return files.get(name);
    }

    void add(String name, AddressSpace space) {
        requireFree(name);
        spaces.put(name, space);
    }

    void add(String name, SharedObject file) {
        requireFree(name);
        files.put(name, file);
    }

    void requireFree(String name) {
        if (spaces.containsKey(name) || files.containsKey(name)) {
            throw new SyntaxException("EEXIST");
        }
    }

    void remove(String name) {
        spaces.remove(name);
    }

    /// {@return a page of one symbol, until the next call}
    MemorySegment pageOf(int symbol) {
        for (long at = 0; at < page.byteSize(); at += Long.BYTES) {
            page.set(ValueLayout.JAVA_LONG, at, symbol == '0' ? 0 : symbol);
        }
        return page;
    }

    /// {@return one page for each symbol}
    MemorySegment pagesOf(int[] symbols) {
        final var pages = MemorySegment.ofArray(new long[Math.toIntExact(bytes(symbols.length) / Long.BYTES)]);
        for (int i = 0; i < symbols.length; i++) {
            MemorySegment.copy(pageOf(symbols[i]), 0, pages, bytes(i), page.byteSize());
        }
        return pages;
    }

    /// {@return a page to be filled, until the next call}
    MemorySegment page() {
        return page;
    }

    /// {@return the symbol of a page; `?` if it is not one}
    static String symbolOf(MemorySegment page) {
        final long first = page.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        for (long at = 0; at < page.byteSize(); at += Long.BYTES) {
            if (page.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != first) {
                return "?";
            }
        }
        return first == 0 ? "0" : Character.isValidCodePoint((int) first) ? Character.toString((int) first) : "?";
    }

    @Override
    public void close() {
        domain.close();
        arena.close();
    }
}
