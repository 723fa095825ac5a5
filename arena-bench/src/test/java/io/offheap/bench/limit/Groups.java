package io.offheap.bench.limit;

import org.junit.jupiter.api.Assumptions;

/// For tests that need a control group.
public final class Groups {

    private Groups() {}

    /// Skips the test where no control group can be made, and says why.
    public static void assume() {
        try (ControlGroup _ = ControlGroup.create(MemoryLimit.UNLIMITED)) {
            Assumptions.assumeTrue(true);
        } catch (NoControlGroupException notHere) {
            System.out.println("skipped, no control group here: " + notHere.getMessage());
            Assumptions.abort(notHere.getMessage());
        }
    }
}
