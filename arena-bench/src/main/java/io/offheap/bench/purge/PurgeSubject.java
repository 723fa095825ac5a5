package io.offheap.bench.purge;

/// Memory that is made resident and given back, again and again.
///
/// ## Contract
/// [#touch], or [#prepare], and [#purge] in turn.
interface PurgeSubject extends AutoCloseable {

    /// Puts memory behind every page, so that all of it may be given back.
    void touch();

    /// Does the same but for the memory: the next [#purge] does all its work and finds nothing. For warming up, since faults
    /// take most of a round.
    void prepare();

    /// {@return the bytes of what was touched that lie in huge pages, and perhaps of what lies beside it}
    long hugeBytes();

    /// Gives everything back. What is measured.
    ///
    /// @return how many bytes were given back
    long purge();

    @Override
    void close();
}
