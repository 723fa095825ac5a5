/// Decides what a thread keeps at hand, so that most calls take nothing that another thread uses.
package io.offheap.allocator.cache;
