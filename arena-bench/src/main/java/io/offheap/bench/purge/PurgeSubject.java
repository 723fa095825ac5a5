package io.offheap.bench.purge;

/// Memory that is made resident and given back, again and again.
///
/// ## Contract
/// [#touch] and [#purge] in turn.
interface PurgeSubject extends AutoCloseable {

    /// Puts memory behind every page, so that all of it may be given back.
    void touch();

    /// Gives everything back. What is measured.
    ///
    /// @return how many bytes were given back
    long purge();

    @Override
    void close();
}
