/// Netty's buffers over memory that gives way when it is short.
///
/// Needs `--enable-native-access=io.offheap.core`, and Netty 4.2 on the path.
module io.offheap.netty {
    requires transitive io.offheap.allocator;
    requires transitive io.netty.buffer;
    requires io.netty.common;

    exports io.offheap.netty;
}
