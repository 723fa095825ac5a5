/// Decides what may come of two threads that meet at a page of an address space.
package io.offheap.jcstress.space;
