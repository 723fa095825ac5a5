/// Agrona's buffers over memory that gives way when it is short, without `--add-exports`.
///
/// Needs `--enable-native-access=io.offheap.core`.
@SuppressWarnings({
    "requires-automatic", "requires-transitive-automatic" // Agrona has no module descriptor
})
module io.offheap.agrona {
    requires transitive io.offheap.allocator;
    requires transitive org.agrona;

    exports io.offheap.agrona;
}
