/// Decides which run of pages serves a request, and what becomes of the runs that come back.
///
/// An *extent* is a run of pages handled as one, in one state. A *slab* lives in one, a large block is one.
package io.offheap.allocator.extent;
