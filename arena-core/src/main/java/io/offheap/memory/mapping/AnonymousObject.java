package io.offheap.memory.mapping;

/// The pages that were first written through one mapping and what it was cut into: the kernel's `anon_vma`.
///
/// A forked mapping stays attached to the objects of its parent, because it may still show their pages, and
/// gets one of its own for the pages that it will write.
public final class AnonymousObject extends MappedObject {

    /// An object without pages.
    public AnonymousObject() {}
}
