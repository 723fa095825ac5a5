/// Objects: an allocator over real pages that gives memory back when it is short.
///
/// A program that uses it needs `--enable-native-access=io.offheap.core`.
module io.offheap.allocator {
    requires transitive io.offheap.core;

    exports io.offheap.allocator;
}
