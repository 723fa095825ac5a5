package io.offheap.jcstress;

/// A case of which many states may exist at a time, because they share nothing: its threads meet much more often.
///
/// All others purge, and a purge takes from all states that there are.
public interface Independent {}
