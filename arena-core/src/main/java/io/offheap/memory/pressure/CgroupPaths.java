package io.offheap.memory.pressure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Where the memory files of our own control group are, from the texts of `/proc/self/cgroup` (cgroups(7)) and
/// `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
///
/// Two paths meet here. The *group* is a path in the hierarchy; a *mount* shows a part of the hierarchy, from its
/// root on, at its mount point:
///
/// ```
///   group /docker/abc/app, mount root /            at /sys/fs/cgroup/memory  ->  /sys/fs/cgroup/memory/docker/abc/app
///   group /docker/abc/app, mount root /docker/abc  at /sys/fs/cgroup/memory  ->  /sys/fs/cgroup/memory/app
///   group /elsewhere,      mount root /docker/abc  at /sys/fs/cgroup/memory  ->  /sys/fs/cgroup/memory
/// ```
///
/// The third is a container that sees the mount of one namespace and the path of another: what is mounted is then
/// the container's own group.
///
/// Pure.
///
/// @param mountPoint where the hierarchy is mounted
/// @param group      the group as the kernel names it, for messages
/// @param below      the group's path below the mount point: empty, or beginning with a slash
record CgroupPaths(String mountPoint, String group, String below) {

    private static final String MEMORY = "memory";

    /// One line of mountinfo, as far as it matters here.
    private record Mount(String root, String point, String type, List<String> options) {

        /// {@return what is left of the path of a group below this mount, or empty if it is not visible there}
        Optional<String> visible(String group) {
            if (group.equals("/..") || group.startsWith("/../")) {
                return Optional.empty();                                // outside the namespace of this process
            }
            if (root.equals("/")) {
                return Optional.of(group.equals("/") ? "" : group);
            }
            if (group.equals(root)) {
                return Optional.of("");
            }
            return group.startsWith(root + "/") ? Optional.of(group.substring(root.length())) : Optional.empty();
        }
    }

    /// {@return the unified hierarchy (cgroup v2), or empty if it is not mounted}
    static Optional<CgroupPaths> v2(String selfCgroup, String mountInfo) {
        final var mounts = mounts(mountInfo).stream().filter(m -> m.type.equals("cgroup2")).toList();
        return groupOf(selfCgroup, "0", "").flatMap(group -> choose(mounts, group));
    }

    /// {@return the hierarchy of the memory controller of cgroup v1, or empty if it is not mounted}
    static Optional<CgroupPaths> v1(String selfCgroup, String mountInfo) {
        final var mounts = mounts(mountInfo).stream()
                .filter(m -> m.type.equals("cgroup") && m.options.contains(MEMORY)).toList();
        return groupOf(selfCgroup, null, MEMORY).flatMap(group -> choose(mounts, group));
    }

    /// {@return the directories of the group and of every ancestor that is visible, the group itself first}
    List<String> directories() {
        final var directories = new ArrayList<String>();
        for (var rest = below; !rest.isEmpty(); rest = rest.substring(0, rest.lastIndexOf('/'))) {
            directories.add(mountPoint + rest);
        }
        directories.add(mountPoint);
        return directories;
    }

    /// The mount that shows most ancestors; the last one where several do, because it covers the others.
    private static Optional<CgroupPaths> choose(List<Mount> mounts, String group) {
        CgroupPaths best = null;
        for (final var mount : mounts) {
            final var paths = mount.visible(group).map(below -> new CgroupPaths(mount.point, group, below));
            if (paths.isPresent() && (best == null || paths.get().below.length() >= best.below.length())) {
                best = paths.get();
            }
        }
        if (best == null && !mounts.isEmpty()) {
            best = new CgroupPaths(mounts.getLast().point, group, "");
        }
        return Optional.ofNullable(best);
    }

    /// {@return the path in the line `id:controllers:path` that has this id (any, for null) and this controller}
    private static Optional<String> groupOf(String selfCgroup, String id, String controller) {
        return selfCgroup.lines().map(line -> line.split(":", 3))
                .filter(fields -> fields.length == 3 && (id == null || fields[0].equals(id))
                        && Arrays.asList(fields[1].split(",", -1)).contains(controller))
                .map(fields -> fields[2]).findFirst();
    }

    private static List<Mount> mounts(String mountInfo) {
        return mountInfo.lines().flatMap(line -> parseMount(line).stream()).toList();
    }

    /// `36 35 98:0 /root /point rw,noatime master:1 - type source options`: any number of fields before the dash.
    private static Optional<Mount> parseMount(String line) {
        final var fields = List.of(line.split(" ", -1));
        final int dash = fields.indexOf("-");
        if (dash < 6 || fields.size() < dash + 4) {
            return Optional.empty();
        }
        return Optional.of(new Mount(unescape(fields.get(3)), unescape(fields.get(4)), fields.get(dash + 1),
                List.of(fields.get(dash + 3).split(",", -1))));
    }

    /// Spaces, tabs, line ends and backslashes are written as `\` and three octal digits.
    private static String unescape(String field) {
        return field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
    }
}
