/// Decides the words that every layer says: the exceptions and the few values that cross all layers.
///
/// Depends on nothing but the JDK, so that any package may use it.
package io.offheap.memory.types;
