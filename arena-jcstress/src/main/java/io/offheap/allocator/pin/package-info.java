/// Cases of volatile blocks that need a clock by hand, beside the classes they look into.
package io.offheap.allocator.pin;
