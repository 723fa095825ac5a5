/// Decides which slot of which slab serves a small request: the lowest free address of its size class.
package io.offheap.allocator.slab;
