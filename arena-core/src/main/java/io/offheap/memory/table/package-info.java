/// Decides which memory is behind each page of an address space: entries in a tree whose nodes forked spaces share.
package io.offheap.memory.table;
