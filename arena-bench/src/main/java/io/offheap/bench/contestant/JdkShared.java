package io.offheap.bench.contestant;

import java.lang.foreign.Arena;

/// `jdk-shared`: a shared arena for each block, closed to free it. Zeroes what it hands out.
final class JdkShared extends ArenaContestant {

    @Override
    Arena open() {
        return Arena.ofShared();
    }
}
