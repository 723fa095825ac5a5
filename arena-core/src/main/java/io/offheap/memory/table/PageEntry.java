package io.offheap.memory.table;

/// The layout of one page table entry.
///
/// ```
///   63    48 47                          12 11     4    3      2      1      0
///  |    0   | native address of the page   |    0    | FILE | WRITE | READ | PRESENT |
/// ```
///
/// 0 is "nothing there". FILE entries lead to a page of a file, others to a frame. A file that is not mapped into
/// this process has entries without READ, WRITE and address, so that every access takes the slow path.
///
/// WRITE means something only in a leaf that its space owns: see [PageTable].
public final class PageEntry {

    /// Something is there.
    public static final long PRESENT = 1;
    /// May be read at the address.
    public static final long READ = 1 << 1;
    /// May be written at the address, by the space that owns the leaf.
    public static final long WRITE = 1 << 2;
    /// A page of a file, not a frame.
    public static final long FILE = 1 << 3;

    private static final long FLAGS = (1 << 12) - 1;

    private PageEntry() {}

    /// {@return an entry}
    ///
    /// @param address native, a multiple of 4096, or 0
    /// @param flags   of the constants of this class; PRESENT is added
    public static long of(long address, long flags) {
        assert (address & FLAGS) == 0 && (flags & ~FLAGS) == 0 : "0x%x, 0x%x".formatted(address, flags);
        return address | flags | PRESENT;
    }

    /// {@return the native address of the page}
    public static long address(long entry) {
        return entry & ~FLAGS;
    }

    /// {@return whether it leads to a frame}
    public static boolean isFrame(long entry) {
        return (entry & (PRESENT | FILE)) == PRESENT;
    }

    /// {@return whether it leads to a page of a file}
    public static boolean isFile(long entry) {
        return (entry & FILE) != 0;
    }

    /// {@return whether the page may be read at its address}
    public static boolean isReadable(long entry) {
        return (entry & READ) != 0;
    }

    /// {@return whether the owner of the leaf may write the page at its address}
    public static boolean isWritable(long entry) {
        return (entry & WRITE) != 0;
    }

    /// {@return text for messages}
    public static String toString(long entry) {
        return entry == 0 ? "none" : "0x%x%s%s%s".formatted(address(entry), isReadable(entry) ? " read" : "",
                isWritable(entry) ? " write" : "", isFile(entry) ? " file" : "");
    }
}
