/// Decides which shard serves a thread, and how its bins and its page runs work together.
///
/// A *shard* is what jemalloc calls an arena: bins, page runs and locks of its own, so that threads of
/// different shards do not meet.
package io.offheap.allocator.shard;
