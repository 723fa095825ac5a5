/// Decides which volatile runs lose their memory, how much unused memory may stay while nobody is short of it, and gives
/// it back to the operating system.
package io.offheap.memory.purge;
