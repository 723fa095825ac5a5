package io.offheap.bench.limit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Where a control group with the memory controller might be made: our own group first, then its ancestors up to
/// the mount.
///
/// In version 2 a group that holds processes cannot have children with controllers, so there it is an ancestor as
/// a rule.
final class GroupPlaces {

    private GroupPlaces() {}

    /// A directory in which a group might be made.
    ///
    /// @param version of the hierarchy
    /// @param directory of the group that would be the parent
    record Place(GroupVersion version, Path directory) {}

    /// {@return the places of this process}
    static List<Place> ofSelf() throws IOException {
        return of(Files.readString(Path.of("/proc/self/cgroup")), Files.readString(Path.of("/proc/self/mountinfo")));
    }

    /// {@return the places of a process with these files, version 1 first: where it has the controller, version 2
    /// has not}
    ///
    /// @param groups `/proc/self/cgroup`: lines `id:controllers:path` (cgroups(7))
    /// @param mounts `/proc/self/mountinfo` (proc_pid_mountinfo(5))
    static List<Place> of(String groups, String mounts) {
        final List<Place> places = new ArrayList<>();
        mounts.lines().map(GroupPlaces::parse).filter(mount -> mount.version != null).sorted().forEach(mount -> {
            final String group = groups.lines()
                    .map(line -> line.split(":", 3))
                    .filter(fields -> fields.length == 3 && mount.isOf(fields[1]))
                    .map(fields -> fields[2])
                    .findFirst()
                    .orElse("/");
            for (Path at = mount.show(group); at.startsWith(mount.point); at = at.getParent()) {
                places.add(new Place(mount.version, at));
            }
        });
        return places;
    }

    /// `36 35 98:0 /root /point rw,noatime master:1 - type source options`: any number of fields before the dash.
    private static Mount parse(String line) {
        final List<String> fields = Arrays.asList(line.split(" "));
        final int dash = fields.indexOf("-");
        if (dash < 6 || fields.size() < dash + 4) {
            return new Mount(null, "", Path.of(""));
        }
        final boolean hasMemory = Arrays.asList(fields.get(dash + 3).split(",")).contains("memory");
        final GroupVersion version =
                switch (fields.get(dash + 1)) {
                    case "cgroup" -> hasMemory ? GroupVersion.V1 : null;
                    case "cgroup2" -> GroupVersion.V2;
                    default -> null;
                };
        return new Mount(version, fields.get(3), Path.of(fields.get(4)));
    }

    /// A mounted hierarchy.
    ///
    /// @param version null if it is none that matters here
    /// @param root the group that is shown at the mount point
    private record Mount(GroupVersion version, String root, Path point) implements Comparable<Mount> {

        boolean isOf(String controllers) {
            return version == GroupVersion.V1
                    ? Arrays.asList(controllers.split(",")).contains("memory")
                    : controllers.isEmpty();
        }

        /// A group outside of what is mounted is shown as the mount itself: another name space's path.
        Path show(String group) {
            if (root.equals("/")) {
                return group.startsWith("/..") ? point : point.resolve(group.substring(1)).normalize();
            }
            return group.startsWith(root + "/") ? point.resolve(group.substring(root.length() + 1)) : point;
        }

        @Override
        public int compareTo(Mount other) {
            return version.compareTo(other.version);
        }
    }
}
