/// A program in a module of its own, which runs from the class path just as well.
module example.tour {
    requires io.offheap.allocator;
}
