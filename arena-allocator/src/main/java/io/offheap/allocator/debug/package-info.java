/// Decides in which words a program asks for the safety kit, and is told what it found.
package io.offheap.allocator.debug;
