package io.offheap.bench.contestant;

/// How much memory this process and another one may use together.
///
/// @param bytes the limit for the resident memory of both, or 0 for none
/// @param otherPid the process that shares the budget, or 0 when there is none
public record SharedBudget(long bytes, long otherPid) {

    /// Nothing is limited.
    public static final SharedBudget NONE = new SharedBudget(0, 0);

    /// {@return whether anything is limited}
    public boolean isLimited() {
        return bytes > 0;
    }
}
