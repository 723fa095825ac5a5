/// Decides which meters of Micrometer show the statistics of an [io.offheap.allocator.OffHeapAllocator].
package io.offheap.micrometer;
