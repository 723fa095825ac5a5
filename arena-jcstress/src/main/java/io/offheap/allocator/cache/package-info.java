/// Cases of the caches, beside the classes they look into.
package io.offheap.allocator.cache;
