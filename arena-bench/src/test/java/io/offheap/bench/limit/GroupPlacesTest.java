package io.offheap.bench.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupPlacesTest {

    private static final String V1_MOUNT = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
    private static final String OTHER_V1_MOUNT = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n";
    private static final String V2_MOUNT = "41 31 0:38 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw\n";

    @Test
    void versionOneGoesFromOurGroupUpToTheMount() {
        assertEquals(
                List.of(
                        v1("/sys/fs/cgroup/memory/user/app"),
                        v1("/sys/fs/cgroup/memory/user"),
                        v1("/sys/fs/cgroup/memory")),
                GroupPlaces.of("8:cpu:/\n4:memory:/user/app\n", OTHER_V1_MOUNT + V1_MOUNT));
    }

    @Test
    void versionTwoHasOneGroupForAllControllers() {
        assertEquals(
                List.of(v2("/sys/fs/cgroup/a.slice"), v2("/sys/fs/cgroup")), GroupPlaces.of("0::/a.slice\n", V2_MOUNT));
    }

    @Test
    void whereBothAreMountedVersionOneComesFirst() {
        final String unified = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        assertEquals(
                List.of(v1("/sys/fs/cgroup/memory"), v2("/sys/fs/cgroup/unified")),
                GroupPlaces.of("4:memory:/\n0::/\n", unified + V1_MOUNT));
    }

    @Test
    void aContainerSeesItsOwnPartOfTheHierarchy() {
        final String mount = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        final List<GroupPlaces.Place> inner = GroupPlaces.of("4:memory:/docker/abc/app\n", mount);
        assertEquals(List.of(v1("/sys/fs/cgroup/memory/app"), v1("/sys/fs/cgroup/memory")), inner);
        assertEquals(List.of(v1("/sys/fs/cgroup/memory")), GroupPlaces.of("4:memory:/elsewhere\n", mount));
        assertEquals(List.of(v2("/sys/fs/cgroup")), GroupPlaces.of("0::/../outside\n", V2_MOUNT));
    }

    @Test
    void withoutAMemoryControllerThereIsNoPlace() {
        assertEquals(List.of(), GroupPlaces.of("8:cpu:/\n", OTHER_V1_MOUNT + "garbage\n"));
    }

    private static GroupPlaces.Place v1(String directory) {
        return new GroupPlaces.Place(GroupVersion.V1, Path.of(directory));
    }

    private static GroupPlaces.Place v2(String directory) {
        return new GroupPlaces.Place(GroupVersion.V2, Path.of(directory));
    }
}
