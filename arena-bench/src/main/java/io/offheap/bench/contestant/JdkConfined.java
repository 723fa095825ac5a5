package io.offheap.bench.contestant;

import java.lang.foreign.Arena;

/// `jdk-confined`: a confined arena for each block, closed to free it. Zeroes what it hands out.
final class JdkConfined extends ArenaContestant {

    @Override
    Arena open() {
        return Arena.ofConfined();
    }
}
