/// Decides what may come of two threads that meet at a block of the allocator, or at the run of pages under it.
package io.offheap.jcstress.block;
