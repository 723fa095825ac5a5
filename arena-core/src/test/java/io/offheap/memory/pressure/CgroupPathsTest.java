package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CgroupPathsTest {

    /// A virtual machine with cgroup v1, each controller on a mount of its own, and an empty unified hierarchy.
    private static final String HYBRID_GROUP = """
            9:name=systemd:/
            8:pids:/
            4:memory:/process_api/d2bfb19f
            2:cpuacct:/
            1:cpu:/
            0::/
            """;
    private static final String HYBRID_MOUNTS = """
            22 27 0:21 / /proc rw,relatime - proc proc rw
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """;

    @Test
    void hybridMountsGiveEachVersionItsOwnPlace() {
        assertEquals(List.of("/sys/fs/cgroup/memory/process_api/d2bfb19f", "/sys/fs/cgroup/memory/process_api",
                "/sys/fs/cgroup/memory"), v1(HYBRID_GROUP, HYBRID_MOUNTS));
        assertEquals(List.of("/sys/fs/cgroup/unified"), v2(HYBRID_GROUP, HYBRID_MOUNTS));
    }

    @Test
    void unifiedHierarchyListsEveryAncestor() {
        final var mounts = "30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
        assertEquals(List.of("/sys/fs/cgroup/user.slice/user-1000.slice/app.scope",
                "/sys/fs/cgroup/user.slice/user-1000.slice", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"),
                v2("0::/user.slice/user-1000.slice/app.scope\n", mounts));
        assertEquals(List.of(), v1("0::/user.slice\n", mounts));
    }

    @Test
    void controllersThatShareAMountAreFound() {
        assertEquals(List.of("/cg/app", "/cg"), v1("3:cpu,memory:/app\n",
                "35 31 0:32 / /cg rw - cgroup cgroup rw,cpu,memory\n"));
    }

    @Test
    void aMountOfTheContainersOwnGroupIsThatGroup() {
        final var mounts = "700 699 0:32 /docker/abc /sys/fs/cgroup/memory ro master:17 - cgroup cgroup rw,memory\n";
        assertEquals(List.of("/sys/fs/cgroup/memory"), v1("4:memory:/docker/abc\n", mounts));
        assertEquals(List.of("/sys/fs/cgroup/memory/app", "/sys/fs/cgroup/memory"),
                v1("4:memory:/docker/abc/app\n", mounts));
    }

    @Test
    void aGroupThatIsNotVisibleFallsBackToTheMountPoint() {
        final var mounts = "700 699 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
        for (final var group : List.of("/elsewhere", "/docker/abcdef", "/docker", "/")) {
            assertEquals(List.of("/sys/fs/cgroup/memory"), v1("4:memory:" + group + "\n", mounts), group);
        }
        assertEquals(List.of("/sys/fs/cgroup"),
                v2("0::/../../other\n", "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"));
    }

    @Test
    void theMountThatShowsMostAncestorsIsChosen() {
        final var wide = "35 31 0:32 / /wide rw - cgroup2 cgroup2 rw\n";
        final var narrow = "36 31 0:32 /a/b /narrow rw - cgroup2 cgroup2 rw\n";
        final var blind = "37 31 0:32 /z /blind rw - cgroup2 cgroup2 rw\n";
        for (final var mounts : List.of(wide + narrow + blind, blind + narrow + wide)) {
            assertEquals(List.of("/wide/a/b", "/wide/a", "/wide"), v2("0::/a/b\n", mounts));
        }
    }

    @Test
    void escapesAndColonsInPathsAreUnderstood() {
        assertEquals(List.of("/mnt/c g/a:b", "/mnt/c g"),
                v2("0::/a:b\n", "35 31 0:32 / /mnt/c\\040g rw - cgroup2 cgroup2 rw\n"));
    }

    @Test
    void emptyAndBrokenTextsGiveNothing() {
        assertEquals(List.of(), v2("", ""));
        assertEquals(List.of(), v1("garbage\n4:memory\n", "too short\n- cgroup cgroup rw,memory\n"));
        assertEquals(List.of(), v2("0::/a\n", "35 31 0:32 / /point rw - cgroup2\n"));
    }

    private static List<String> v1(String group, String mounts) {
        return directories(CgroupPaths.v1(group, mounts));
    }

    private static List<String> v2(String group, String mounts) {
        return directories(CgroupPaths.v2(group, mounts));
    }

    private static List<String> directories(Optional<CgroupPaths> paths) {
        return paths.map(CgroupPaths::directories).orElse(List.of());
    }
}
