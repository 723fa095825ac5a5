package io.offheap.testkit;

import java.util.List;

/// What came of failing each call of a program once.
///
/// @param calls    calls that can fail in one undisturbed run
/// @param absorbed the failures after which the program ended normally, each as `call #n ERRNO`: right for an
///                 advice that is only a hint, a swallowed error for a reservation
public record FailureReport(long calls, List<String> absorbed) {

    /// {@return whether the program ended normally although a call of this name failed}
    public boolean absorbed(String call) {
        return absorbed.stream().anyMatch(failure -> failure.startsWith(call + " #"));
    }
}
