/// Meters of an allocator.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer has no module descriptor
module io.offheap.micrometer {
    requires transitive io.offheap.allocator;
    requires transitive micrometer.core;

    exports io.offheap.micrometer;
}
