package io.offheap.memory;

import io.offheap.memory.types.Contents;
import java.lang.foreign.MemorySegment;

/// One block whose owner lets go of its contents while it is not pinned: a cache entry that memory pressure may take, with
/// an honest answer on re-use.
///
/// ```java
/// try (var pin = block.pin()) {
///     if (pin.contents() == Contents.PURGED) {
///         decode(source, pin.segment());
///         pin.rebuilt();
///     }
///     use(pin.segment());
/// }
/// ```
///
/// ## Contents
/// A new block reads as zero, and its first pin is INTACT: zeros are its contents. After a pin that is INTACT, or after
/// [Pin#rebuilt], the contents stay as they are while a pin is open, and after that until they are purged. A purge is
/// never silent and never forgotten: every pin says PURGED from then on until a rebuild was completed. Who was
/// told PURGED finds unspecified bytes, zeros where memory was taken, and must write everything that will be read.
///
/// ## One rebuilds
/// The first pinner after a purge gets PURGED and rebuilds. Pinners that come meanwhile wait until [Pin#rebuilt], and get
/// INTACT; or until the last PURGED pin is closed without it, and then the next of them gets PURGED. The thread that
/// rebuilds may pin the block again meanwhile: it gets PURGED too, and does not wait for itself. Who rebuilds one block and
/// pins another to do so must do it in the same order everywhere, as with locks.
///
/// ## Concurrency
/// Thread-safe; any number of pins may be open at a time, from any threads. A wait is not ended by an interrupt, which
/// stays pending.
public interface VolatileMemory extends AutoCloseable {

    /// Takes the block back until the pin is closed. The segment of this pin is for every thread, and any thread may close
    /// it.
    ///
    /// Cost: some compare-and-sets and a shared arena of the JDK, whose end takes a handshake with all threads, which is
    /// microseconds; [#pinConfined] does without. The pin of a purged block also waits for the purge, asks for memory, and
    /// the pages fault as they are touched.
    ///
    /// @return a pin, to be closed
    /// @throws OutOfMemoryError      if a purged block cannot become resident below the limits; it stays purged and
    ///                               unpinned, and a later pin tries again
    /// @throws IllegalStateException if the block or its allocator is closed
    Pin pin();

    /// Pins as [#pin] does, for the calling thread alone: others that touch the segment or close the pin get
    /// `WrongThreadException`.
    ///
    /// Cost: some compare-and-sets and a confined arena of the JDK; no lock, no system call, no handshake (docs/volatile.md).
    ///
    /// @return a pin, to be closed by the calling thread
    /// @throws OutOfMemoryError      as [#pin] does
    /// @throws IllegalStateException as [#pin] does
    Pin pinConfined();

    /// {@return the size in bytes, as it was asked for}
    long byteSize();

    /// Gives the block back for good; its contents are lost. Idempotent; any thread.
    ///
    /// @throws IllegalStateException if a pin is open, or being taken; nothing has changed then
    @Override
    void close();

    /// Contents that stay while it is open.
    interface Pin extends AutoCloseable {

        /// {@return what the block held when this pin was taken} Stays the same after a rebuild.
        Contents contents();

        /// {@return the block, exactly [VolatileMemory#byteSize] bytes, aligned to a page} It dies with the pin: touching
        /// it later throws `IllegalStateException`.
        MemorySegment segment();

        /// Says that the contents are complete again, so that those who wait get them. Any thread; nothing happens if this
        /// pin is INTACT or the contents were rebuilt already.
        ///
        /// @throws IllegalStateException if this pin is closed
        void rebuilt();

        /// Ends the segment and lets go of the contents when no other pin is open. Idempotent.
        ///
        /// @throws IllegalStateException if the segment is in use by a native call; the pin is still open then
        @Override
        void close();
    }
}
