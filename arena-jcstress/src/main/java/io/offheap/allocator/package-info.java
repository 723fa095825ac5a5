/// Cases of the berths of direct buffers, beside the classes they look into.
package io.offheap.allocator;
