/// Decides which node may have a page of a file mapped, and when that changes.
package io.offheap.memory.distributed;
