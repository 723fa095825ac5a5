/// Decides what the commands of `./arena` are, and shows how far they are.
package io.offheap.bench;
