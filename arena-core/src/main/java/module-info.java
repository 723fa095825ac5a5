/// Pages: real memory from the operating system, runs of pages that may be purged, and how short memory is.
///
/// Needs `--enable-native-access=io.offheap.core`.
///
/// The packages that are exported to other modules of this library alone are no API: they change without notice.
@SuppressWarnings({
    "requires-automatic", // Agrona has no module descriptor; nothing of it shows in our signatures
    "module" // the modules named below are compiled after this one
})
module io.offheap.core {
    requires org.agrona;

    exports io.offheap.memory;
    exports io.offheap.memory.types;

    exports io.offheap.memory.os to io.offheap.allocator, io.offheap.netty, io.offheap.agrona;
    exports io.offheap.memory.pressure to io.offheap.allocator;
    exports io.offheap.memory.purge to io.offheap.allocator;
    exports io.offheap.memory.source to io.offheap.allocator;
    exports io.offheap.memory.util to io.offheap.allocator;
}
