package io.offheap.agrona;

import java.lang.foreign.MemorySegment;
import org.agrona.concurrent.UnsafeBuffer;

/// Agrona's own `UnsafeBuffer` over a segment, for programs that run with
/// `--add-exports java.base/jdk.internal.misc=ALL-UNNAMED` (on the module path `org.agrona`).
///
/// It is faster by the checks that it does not make, and knows nothing of the segment's lifetime: used after the arena was
/// closed, or the block freed, it reads and writes what is another's by then.
public final class UnsafeBuffers {

    private UnsafeBuffers() {}

    /// {@return a buffer over all of a segment, which it keeps reachable}
    ///
    /// @param segment native, at most `Integer.MAX_VALUE` bytes
    /// @throws IllegalArgumentException      if the segment is not native
    /// @throws UnsupportedOperationException if it is too large, or Agrona must not use `Unsafe`
    public static UnsafeBuffer wrap(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("not native memory: " + segment);
        }
        try {
            return new UnsafeBuffer(segment.asByteBuffer());
        } catch (LinkageError e) {
            throw new UnsupportedOperationException(
                    "Agrona's UnsafeBuffer needs --add-exports java.base/jdk.internal.misc=ALL-UNNAMED (or org.agrona);"
                            + " OffHeapBuffer needs no flag", e);
        }
    }
}
