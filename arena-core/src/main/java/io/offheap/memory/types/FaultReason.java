package io.offheap.memory.types;

/// Why a mapped page has no contents to give.
public enum FaultReason {
    /// The page was volatile and has been purged; pin it, rebuild it, and it can be used again.
    PURGED,
    /// The file behind the mapping ends before the page.
    TRUNCATED
}
