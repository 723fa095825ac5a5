package io.offheap.agent;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// What redirected calls do: the work of the methods they stand for, on memory of one allocator.
///
/// The allocator is made by the first call, not with the JVM: a program that needs no memory pays for none, and native access
/// that the program's own manifest grants has been granted by then. Where it cannot be made (another platform, native
/// access denied), there is one warning, and the calls go to the JDK as if there was no agent.
///
/// Thread-safe.
final class Surface {

    private final Counters counters;
    private final Log log;
    private final Supplier<OffHeapAllocator> maker;

    /// Null until it is made; empty if it cannot be had. Written once.
    private volatile Optional<OffHeapAllocator> allocator;

    /// Whether a thread makes it or has made it.
    private final AtomicBoolean isMaking = new AtomicBoolean();

    /// @param maker makes the allocator; called once
    Surface(Counters counters, Log log, Supplier<OffHeapAllocator> maker) {
        this.counters = counters;
        this.log = log;
        this.maker = maker;
    }

    ByteBuffer allocateDirect(int capacity) {
        counters.countCall(Redirection.ALLOCATE_DIRECT);
        final var ours = allocator();
        return ours.isEmpty() ? ByteBuffer.allocateDirect(capacity) : ours.get().allocateDirect(capacity);
    }

    Arena ofConfined() {
        counters.countCall(Redirection.OF_CONFINED);
        final var ours = allocator();
        return ours.isEmpty() ? Arena.ofConfined() : ours.get().ofConfined();
    }

    Arena ofShared() {
        counters.countCall(Redirection.OF_SHARED);
        final var ours = allocator();
        return ours.isEmpty() ? Arena.ofShared() : ours.get().ofShared();
    }

    Arena ofAuto() {
        counters.countCall(Redirection.OF_AUTO);
        final var ours = allocator();
        return ours.isEmpty() ? Arena.ofAuto() : ours.get().ofAuto();
    }

    Arena global() {
        counters.countCall(Redirection.GLOBAL);
        final var ours = allocator();
        return ours.isEmpty() ? Arena.global() : ours.get().global();
    }

    /// The JDK comes first: it refuses what it always refused, frees buffers of its own, and does nothing to ours.
    void invokeCleaner(Object unsafe, ByteBuffer buffer) {
        counters.countCall(Redirection.INVOKE_CLEANER);
        UnsafeCleaner.invokeCleaner(unsafe, buffer);
        final var made = allocator;
        if (made != null && made.isPresent()) {
            free(made.get(), buffer);
        }
    }

    private static void free(OffHeapAllocator ours, ByteBuffer buffer) {
        try {
            ours.free(buffer);
        } catch (IllegalArgumentException notOurs) {
            // a buffer of the JDK, which has freed it, or one of ours that was freed before: then, too, the JDK does nothing
        }
    }

    private Optional<OffHeapAllocator> allocator() {
        final var made = allocator;
        return made != null ? made : make();
    }

    /// Making it asks for loggers and management beans, which may be the program's own, and may want memory themselves. A
    /// thread that waited could hold what they wait for; so memory that is wanted meanwhile comes from the JDK, in any thread.
    private Optional<OffHeapAllocator> make() {
        if (isMaking.compareAndSet(false, true)) {
            allocator = tryMake();
        }
        final var made = allocator;
        return made != null ? made : Optional.empty();
    }

    private Optional<OffHeapAllocator> tryMake() {
        try {
            return Optional.of(maker.get());
        } catch (RuntimeException | Error e) {
            log.warnOnce("allocator", "no off-heap allocator, memory comes from the JDK: " + reason(e));
            return Optional.empty();
        }
    }

    /// {@return why there is no allocator} A mistake in an option names the option itself; all else is told by what it began with.
    static String reason(Throwable problem) {
        if (problem instanceof IllegalArgumentException) {
            return problem.getMessage();
        }
        Throwable root = problem;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root instanceof IllegalCallerException ? root.getMessage() + "; --enable-native-access=ALL-UNNAMED grants it"
                : root.toString();
    }
}
