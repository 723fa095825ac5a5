/// A program of libraries that have buffers of their own, in a module of its own; it runs from the class path just as well.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Agrona and Micrometer have no module descriptors
module example.libraries {
    requires io.offheap.agrona;
    requires io.offheap.netty;
    requires io.offheap.micrometer;
}
