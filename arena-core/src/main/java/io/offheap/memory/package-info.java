/// Decides what a user of pages sees: address spaces and the objects that they map, their domains, what a volatile block promises, and
/// budgets that several processes share.
package io.offheap.memory;
