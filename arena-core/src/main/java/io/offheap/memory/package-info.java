/// Decides what a user of pages sees; so far, budgets that several processes share.
package io.offheap.memory;
