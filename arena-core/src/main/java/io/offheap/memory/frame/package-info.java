/// Decides which real pages are in use, by how many, and what becomes of them afterwards.
package io.offheap.memory.frame;
