package io.offheap.memory.types;

/// What a volatile range holds when it is taken back.
public enum Contents {
    /// Every byte is as it was when the range was marked volatile.
    INTACT,
    /// At least one page was purged and reads as zero.
    PURGED
}
