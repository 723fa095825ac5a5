/// Decides how what is true of ranges of pages is kept: as ordered, disjoint intervals, never page by page.
package io.offheap.memory.range;
