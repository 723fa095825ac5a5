/// Decides what may come of two threads that meet at a berth or in a cohort of direct buffers, or look for dropped ones; beside the classes they look into.
package io.offheap.allocator;
