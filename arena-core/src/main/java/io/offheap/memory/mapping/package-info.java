/// Decides what an address means: mappings, how they are cut and joined, and how the users of a page are found
/// through them.
package io.offheap.memory.mapping;
