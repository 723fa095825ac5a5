package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.PhantomReference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// Small buffers that share their end: one scope for all, and one reference, which tells that none of them is reachable any more.
///
/// For a buffer that is dropped the collector's work for its reference is most of what it costs. Here it is shared by up to [#MOST], at
/// the price that the memory of all stays until none is in use: [Cohorts] decides where that hardly ever matters. A member may still be
/// freed by itself: its memory goes back at once, and the others stay as they are.
///
/// All views of a member refer to the scope, the scope to the members as a whole, and these to each of them. So the members as a whole are unreachable
/// exactly when all are, with their views and the segments made from them. They tell, too, whether a buffer is one of them, for which
/// they are found by a weak reference; who asks has the buffer, and so the collector has not cleared it.
///
/// Any thread may join, and leave.
final class Cohort extends PhantomReference<Cohort.Members> {

    /// Members at most: with more of them dropped buffers cost hardly less (docs/performance-history.md).
    static final int MOST = 32;

    private static final VarHandle BUFFERS = MethodHandles.arrayElementVarHandle(ByteBuffer[].class);
    private static final VarHandle JOINED;

    static {
        try {
            JOINED = MethodHandles.lookup().findVarHandle(Members.class, "joined", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// What the scope refers to, and all buffers by way of it.
    static final class Members implements Consumer<MemorySegment> {
        private final Arena arena = Arena.ofShared();
        private final ByteBuffer[] buffers;
        private final Cohort cohort;
        private int joined;             // how many have tried

        /// A new cohort, of which nobody is a member.
        ///
        /// @param most members
        Members(int most) {
            this.buffers = new ByteBuffer[most];
            this.cohort = new Cohort(this);
            RawMemory.afterEnd(arena, this);
        }

        /// {@return the reference that tells of the end}
        Cohort cohort() {
            return cohort;
        }

        boolean isFull() {
            return joined >= buffers.length;
        }

        /// {@return a buffer of a block which is a member from now on, or null if there is no room for it}
        ByteBuffer join(long address, int capacity) {
            final int index = (int) JOINED.getAndAdd(this, 1);
            if (index >= buffers.length) {
                return null;
            }
            final var buffer = RawMemory.segment(address, capacity, arena).asByteBuffer();
            BUFFERS.setRelease(buffers, index, buffer);
            return buffer;
        }

        private boolean leave(ByteBuffer buffer) {
            for (int i = 0; i < buffers.length; i++) {
                if (buffers[i] == buffer) {
                    return BUFFERS.compareAndSet(buffers, i, buffer, null);
                }
            }
            return false;
        }

        @Override
        public void accept(MemorySegment end) {
            throw new AssertionError("nobody closes the scope of " + this);
        }
    }

    private final WeakReference<Members> members;

    private Cohort(Members members) {
        super(members, null);
        this.members = new WeakReference<>(members);
    }

    /// {@return the members, unless all are unreachable, or about to be}
    Members members() {
        return members.get();
    }

    /// Takes a member out. Those that have its scope still keep the others.
    ///
    /// @return whether it was one, as it was handed out
    boolean leave(ByteBuffer buffer) {
        final var all = members.get();
        return all != null && all.leave(buffer);
    }
}
