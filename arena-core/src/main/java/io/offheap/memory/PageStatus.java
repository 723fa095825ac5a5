package io.offheap.memory;

/// What is true of a range of pages at one moment.
///
/// @param isPinned      whether no page of it is marked volatile
/// @param residentPages pages that have something behind them
/// @param purgedPages   pages that were purged and not yet taken back
public record PageStatus(boolean isPinned, long residentPages, long purgedPages) {}
