/// Decides how much unused memory may stay while nobody is short of it.
package io.offheap.allocator.decay;
