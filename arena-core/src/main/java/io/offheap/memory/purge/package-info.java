/// Decides which volatile runs lose their memory, and gives it back to the operating system.
package io.offheap.memory.purge;
