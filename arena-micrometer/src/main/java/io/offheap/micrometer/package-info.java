/// Statistics of an [io.offheap.allocator.OffHeapAllocator] as meters of Micrometer.
package io.offheap.micrometer;
