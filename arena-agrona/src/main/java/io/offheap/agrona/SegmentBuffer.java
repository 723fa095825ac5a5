package io.offheap.agrona;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.agrona.DirectBuffer;

/// Everything of Agrona's `MutableDirectBuffer` that does not depend on whose the memory is, in layers; this one compares buffers.
///
/// ```
///   ValueBuffer  <---  BytesBuffer  <---  TextBuffer  <---  DigitsBuffer     <---  SegmentBuffer
///   single values      many bytes         strings           numbers as text        equality, order
/// ```
///
/// Every access is checked: against the bounds, and by the segment against the end of its arena. A mistake throws and
/// changes nothing.
abstract class SegmentBuffer extends DigitsBuffer {

    SegmentBuffer(MemorySegment segment) {
        super(segment);
    }

    /// {@return whether an object is a buffer of the same class with the same bytes}
    @Override
    public boolean equals(Object other) {
        return this == other
                || other != null && getClass() == other.getClass()
                        && segment.mismatch(((SegmentBuffer) other).segment) == -1;
    }

    /// {@return what Agrona's buffers with the same bytes return}
    @Override
    public int hashCode() {
        int hash = 19;
        int i = 0;
        for (; i < (capacity & -Long.BYTES); i += Long.BYTES) {
            hash = 31 * hash + Long.hashCode(getLong(i));
        }
        for (; i < capacity; i++) {
            hash = 31 * hash + getByte(i);
        }
        return hash;
    }

    /// Compares as Agrona's buffers do: by signed longs in native order, then by signed bytes, then by length.
    @Override
    public int compareTo(DirectBuffer that) {
        final MemorySegment other = Segments.of(that);
        final int common = Math.min(capacity, that.capacity());
        final int longs = common & -Long.BYTES;
        final long at = MemorySegment.mismatch(segment, 0, common, other, 0, common);
        if (at == -1) {
            return Integer.compare(capacity, that.capacity());
        }
        final long start = at < longs ? at & -Long.BYTES : at;
        return at < longs
                ? Long.compare(segment.get(JAVA_LONG_UNALIGNED, start), other.get(JAVA_LONG_UNALIGNED, start))
                : Byte.compare(segment.get(JAVA_BYTE, start), other.get(JAVA_BYTE, start));
    }
}
