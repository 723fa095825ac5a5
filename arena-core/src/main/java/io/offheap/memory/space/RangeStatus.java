package io.offheap.memory.space;

/// What is true of a range at one moment.
///
/// @param isPinned      whether no page of it is marked volatile
/// @param residentPages pages that have something behind them
/// @param purgedPages   pages that were purged, which nobody has acknowledged
public record RangeStatus(boolean isPinned, long residentPages, long purgedPages) {}
