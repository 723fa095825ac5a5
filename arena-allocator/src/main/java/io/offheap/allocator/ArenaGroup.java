package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.StackRoom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Shared arenas that end together, many at the price of one: for programs that open and close an arena for each request
/// and pass it between threads.
///
/// The close of a shared arena stops every thread of the JVM for a moment, 20 us to 16 ms. A group opens its arenas, the
/// *members*, in batches with one scope, and stops the threads once for a batch.
///
/// ```java
/// try (var group = allocator.sharedGroup()) {              // lives as long as the service
///     try (Arena arena = group.ofShared()) {               // one for each request; any thread may use and close it
///         arena.allocate(100);
///     }
/// }
/// ```
///
/// ## What a member promises
/// All that a shared arena does ([OffHeapAllocator#ofShared]), but for its end:
///
/// - **A member's close stops nothing.** It only ends the member's own `allocate`, and is not idempotent. The member's segments stay
///   alive and accessible, and its memory is nobody else's, until its batch ends; an access in the meantime succeeds. Nothing that uses a
///   segment, such as a downcall, makes a member's close fail.
/// - A batch ends, with all its segments, when as many members as it has room for were opened in it and all of them are closed:
///   the last one's close pays. Or, whatever is open, with the group. If a downcall holds a segment just then, the batch ends with the end
///   of a later one, or with the group.
/// - From then on every access throws `IllegalStateException`, and the memory goes back: never while an access is possible.
/// - The scope of a member is that of its batch: other members have the same, and it says alive until the batch ends. What is hung
///   on a member's end (mapped files, actions) runs at the end of the batch.
///
/// So the memory of up to a batch of closed members is waiting at a time, and that of further batches while one member in each is
/// open.
///
/// ## Concurrency
/// Any thread may call any method, with no lock held. The allocator cannot be closed while a group is open.
public final class ArenaGroup implements AutoCloseable {

    /// Members of a batch unless asked for otherwise.
    static final int USUAL_BATCH = 64;

    /// Members of the largest batch.
    static final int LARGEST_BATCH = 1 << 16;

    private final HiddenBlocks blocks;
    private final OpenArenas open;
    private final int batchSize;

    /// Where members are opened; null once the group is closed.
    private final AtomicReference<Batch> current;

    /// All batches that have not ended. One is in here before members can be opened in it.
    private final Set<Batch> batches = ConcurrentHashMap.newKeySet();

    /// Whether somebody closes the group, or has.
    private final AtomicBoolean closing = new AtomicBoolean();

    /// @param open      has counted this group
    /// @param batchSize members that end together
    ArenaGroup(HiddenBlocks blocks, OpenArenas open, int batchSize) {
        this.blocks = blocks;
        this.open = open;
        this.batchSize = batchSize;
        final var first = new Batch();
        batches.add(first);
        this.current = new AtomicReference<>(first);
    }

    /// {@return a new member} See the class for what it promises.
    ///
    /// @throws IllegalStateException if the group is closed
    public OffHeapArena ofShared() {
        StackRoom.requireLittle();
        while (true) {
            final var batch = current.get();
            if (batch == null) {
                throw new IllegalStateException("the group is closed");
            }
            if (batch.join()) {
                return new Member(batch);
            }
            replace(batch);
        }
    }

    private void replace(Batch full) {
        final var fresh = new Batch();
        batches.add(fresh);
        if (!current.compareAndSet(full, fresh)) {
            batches.remove(fresh);                      // nobody has seen it
            return;
        }
        batches.forEach(Batch::endIfDone);              // what was refused when it was due
    }

    /// Ends all batches, also of members that are open: an access to a segment of any member throws from now on, and so does a
    /// member's close.
    ///
    /// @throws IllegalStateException if the group is closed, a downcall or the like holds a segment of a member, or what hangs on the end of
    ///                               a batch calls this. Then no member can be opened any more, some batches may have ended, the
    ///                               others have not, and the group is to be closed again
    @Override
    public void close() {
        StackRoom.requireMuch();
        if (!closing.compareAndSet(false, true)) {
            throw new IllegalStateException("Already closed");
        }
        boolean done = false;
        try {
            current.set(null);
            batches.forEach(Batch::end);
            done = true;
        } finally {
            if (done || batches.isEmpty()) {            // an action of the program's may have thrown at the end of the last
                open.closed();
            } else {
                closing.set(false);
            }
        }
    }

    /// Members with one scope.
    private final class Batch {
        private final Arena session = Arena.ofShared();
        private final Chunks chunks = Chunks.of(blocks);
        private final AtomicInteger joined = new AtomicInteger();
        private final AtomicInteger left = new AtomicInteger();

        /// The thread that ends it, or has: the memory must not go back before *its* call has stopped all threads.
        private final AtomicReference<Thread> ender = new AtomicReference<>();

        boolean join() {
            return joined.get() < batchSize && joined.incrementAndGet() <= batchSize;
        }

        void leave() {
            if (left.incrementAndGet() == batchSize) {
                endIfDone();
            }
        }

        /// Ends the batch when all its members are closed, unless a segment is held: then somebody comes again.
        void endIfDone() {
            if (left.get() == batchSize && ender.get() == null) {
                try {
                    end();
                } catch (IllegalStateException e) {
                    if (!session.scope().isAlive()) {
                        throw e;                        // not refused: an action of the program's has thrown
                    }
                }
            }
        }

        /// Ends the batch, or waits until another thread has.
        ///
        /// @throws IllegalStateException if a segment is held, or the calling thread is ending it; nothing has changed then
        void end() {
            StackRoom.requireMuch();
            while (!ender.compareAndSet(null, Thread.currentThread())) {
                if (!batches.contains(this)) {
                    return;
                }
                if (ender.get() == Thread.currentThread()) {
                    throw new IllegalStateException("the group is closed by what runs at its end");
                }
                Thread.yield();                         // all threads are being stopped for a moment
            }
            try {
                session.close();
            } finally {
                if (session.scope().isAlive()) {
                    ender.set(null);
                } else {
                    freeChunks();
                }
            }
        }

        /// Others wait until this batch is none of the group's any more, whatever happens here.
        private void freeChunks() {
            try {
                chunks.free();
            } finally {
                batches.remove(this);
            }
        }
    }

    private final class Member implements OffHeapArena {
        private final Batch batch;
        private final AtomicBoolean closed = new AtomicBoolean();

        Member(Batch batch) {
            this.batch = batch;
        }

        @Override
        public MemorySegment allocate(long byteSize, long byteAlignment) {
            checkUsable(byteSize, byteAlignment);
            return RawMemory.segment(batch.chunks.allocate(byteSize, byteAlignment, true), byteSize, batch.session);
        }

        @Override
        public MemorySegment allocateUninitialized(long byteSize, long byteAlignment) {
            checkUsable(byteSize, byteAlignment);
            return RawMemory.segment(batch.chunks.allocate(byteSize, byteAlignment, false), byteSize, batch.session);
        }

        private void checkUsable(long byteSize, long byteAlignment) {
            Requests.checkArguments(byteSize, byteAlignment);
            if (closed.get()) {
                throw new IllegalStateException("Already closed");
            }
            checkBatch();
            Requests.checkAddressable(byteSize, byteAlignment);
        }

        private void checkBatch() {
            if (!batch.session.scope().isAlive()) {
                throw new IllegalStateException("Already closed, with its group");
            }
        }

        @Override
        public MemorySegment.Scope scope() {
            return batch.session.scope();
        }

        @Override
        public void close() {
            StackRoom.requireLittle();
            checkBatch();
            if (!closed.compareAndSet(false, true)) {
                throw new IllegalStateException("Already closed");
            }
            batch.leave();
        }
    }
}
