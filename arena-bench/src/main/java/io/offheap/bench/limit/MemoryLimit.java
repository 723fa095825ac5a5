package io.offheap.bench.limit;

import java.util.List;
import java.util.function.LongFunction;

/// A limit for the memory of some processes together, and what it counted.
///
/// ## Concurrency
/// Used by one thread, which closes it after the processes have ended.
public sealed interface MemoryLimit extends AutoCloseable permits ControlGroup, OwnBudget {

    /// The limit that is none: nothing is bounded, but counted all the same.
    long UNLIMITED = Long.MAX_VALUE;

    /// {@return a way to make limits on this machine: control groups if one can be made, else own budgets}
    static LongFunction<MemoryLimit> best() {
        try (ControlGroup _ = ControlGroup.create(UNLIMITED)) {
            return ControlGroup::create;
        } catch (NoControlGroupException notHere) {
            return bytes -> new OwnBudget(bytes, notHere.getMessage());
        }
    }

    /// {@return what it is, for reports}
    String kind();

    /// {@return whether the kernel enforces it}
    boolean isEnforced();

    /// {@return the words to put before a command so that its process is inside from its first moment}
    List<String> launcher();

    /// Tells of a process that was started with the launcher.
    ///
    /// @param pid its number
    void add(long pid);

    /// Takes a look, now and then, so that what is counted nowhere else is seen.
    ///
    /// @throws LimitExceededException if more is used than the limit, and nobody else enforces it
    void look();

    /// {@return what was counted}
    Usage usage();

    /// Ends whatever is still inside, and removes the limit.
    @Override
    void close();

    /// What was counted.
    ///
    /// @param nowBytes used now
    /// @param peakBytes used at most
    /// @param failures how often an allocation met the limit
    /// @param kills how many processes were killed for it
    record Usage(long nowBytes, long peakBytes, long failures, long kills) {}
}
