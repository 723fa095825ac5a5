/// Decides how a benchmark runs something in another JVM: starts it, speaks with it in lines, and ends it.
///
/// The *parent* holds a [io.offheap.bench.child.ChildProcess], the *child* a [io.offheap.bench.child.ParentLink];
/// both say [io.offheap.bench.child.Message]s. Which words they say is decided by the package that starts the
/// child.
package io.offheap.bench.child;
