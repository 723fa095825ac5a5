/// A program in a module of its own.
module example.modular {
    requires io.offheap.allocator;
}
