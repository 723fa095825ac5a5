/// Decides what is done to blocks, and kept of them, so that a program's mistakes with memory are found.
package io.offheap.allocator.safety;
