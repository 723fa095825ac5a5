/// Objects: an allocator over real pages that gives memory back when it is short.
///
/// A program that uses it needs `--enable-native-access=io.offheap.core`. Statistics show as management beans and in
/// flight recordings, and `-XX:MaxDirectMemorySize` counts, where the modules for them are present; the library runs without.
module io.offheap.allocator {
    requires transitive io.offheap.core;
    requires org.jctools.core.jdk11;
    requires static java.management;
    requires static jdk.jfr;
    requires static jdk.management;

    exports io.offheap.allocator;
    exports io.offheap.allocator.debug;
}
