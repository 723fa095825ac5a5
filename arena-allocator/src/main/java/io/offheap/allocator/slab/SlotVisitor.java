package io.offheap.allocator.slab;

/// Is told of slots, one after the other.
@FunctionalInterface
public interface SlotVisitor {

    /// Looks at one.
    void visit(long slot, int slotClass);
}
