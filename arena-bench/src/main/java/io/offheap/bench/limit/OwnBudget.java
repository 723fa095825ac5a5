package io.offheap.bench.limit;

import io.offheap.bench.measure.ResidentMemory;
import java.util.ArrayList;
import java.util.List;

/// The resident memory of some processes together, watched from outside and enforced by nobody: what is left where
/// no control group can be made. A peak between two looks goes unseen.
public final class OwnBudget implements MemoryLimit {

    private final long limitBytes;
    private final String reason;
    private final List<ResidentMemory> watched = new ArrayList<>();
    private long nowBytes;
    private long peakBytes;
    private long failures;

    /// @param limitBytes in bytes, or [MemoryLimit#UNLIMITED]
    /// @param reason why there is no control group
    public OwnBudget(long limitBytes, String reason) {
        this.limitBytes = limitBytes;
        this.reason = reason;
    }

    @Override
    public String kind() {
        return "own budget, not enforced (" + reason + ")";
    }

    @Override
    public boolean isEnforced() {
        return false;
    }

    @Override
    public List<String> launcher() {
        return List.of();
    }

    @Override
    public void add(long pid) {
        watched.add(new ResidentMemory(pid));
    }

    @Override
    public void look() {
        nowBytes = watched.stream().mapToLong(ResidentMemory::bytes).sum();
        peakBytes = Math.max(peakBytes, nowBytes);
        if (nowBytes > limitBytes) {
            failures++;
            throw new LimitExceededException(
                    (nowBytes >> 20) + " MiB resident in a budget of " + (limitBytes >> 20) + " MiB");
        }
    }

    /// A kill is what the caller does when a look fails, so each failure is one.
    @Override
    public Usage usage() {
        return new Usage(nowBytes, peakBytes, failures, failures);
    }

    @Override
    public void close() {
        watched.forEach(ResidentMemory::close);
        watched.clear();
    }
}
