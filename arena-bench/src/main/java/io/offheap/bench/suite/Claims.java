package io.offheap.bench.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Which claim each workload proves, or fails to, in the order of reports. docs/benchmarks.md says the same, and what to look at.
final class Claims {

    private static final Map<String, String> BY_WORKLOAD = claims();

    private Claims() {}

    /// {@return the claim; empty for a workload that is not known here}
    static String of(String workload) {
        return BY_WORKLOAD.getOrDefault(workload, "");
    }

    /// {@return workloads in the order of reports, those that are not known here last}
    static List<String> inOrder(Stream<String> workloads) {
        final List<String> found = workloads.distinct().toList();
        final List<String> ordered = new ArrayList<>(BY_WORKLOAD.keySet());
        ordered.retainAll(found);
        found.stream().filter(workload -> !ordered.contains(workload)).forEach(ordered::add);
        return ordered;
    }

    private static Map<String, String> claims() {
        final Map<String, String> claims = new LinkedHashMap<>();
        claims.put(
                "latency",
                "The fast path: a block that was just freed is handed out again for a few nanoseconds, whatever its "
                        + "size.");
        claims.put(
                "latency-write",
                "The same with every byte stored: speed survives real use, and nothing is zeroed that nobody asked "
                        + "for.");
        claims.put(
                "latency-batch100",
                "A hundred live blocks at a time: caches are large enough, and large blocks do not go back to the "
                        + "system.");
        claims.put(
                "latency-zero",
                "Zeroed blocks of memory that was purged: what is known to be zero is not zeroed again. Pages come when they are "
                        + "touched, which is in the two lines below.");
        claims.put("latency-zero-touch", "The same, the first byte stored: one page fault more.");
        claims.put("latency-zero-write", "The same, every byte stored: all page faults. Who zeroes first has had them then.");
        claims.put(
                "mixed",
                "Mixed sizes, everything in the processor's caches: finding the size class costs nothing that can be "
                        + "seen.");
        claims.put(
                "mixed-200k",
                "Mixed sizes, many live blocks: memory stays compact, and what is resident stays near what is live.");
        claims.put("crossthread", "One thread allocates, another one frees: blocks find their way back in batches.");
        claims.put(
                "larson",
                "A server whose requests end on other threads than they began on: speed does not depend on who frees.");
        claims.put(
                "mstress",
                "Threads that keep some blocks, drop most and hand others over: footprint stays bounded over rounds.");
        claims.put(
                "xmalloc",
                "Some threads only allocate and others only free: memory does not pile up on either side.");
        claims.put(
                "rptest",
                "Sizes up to 16 KB in loops of allocating and freeing, a part of them across threads: speed and "
                        + "footprint together.");
        claims.put(
                "cachescratch",
                "Blocks that were neighbours in one cache line are freed by different threads: nobody is handed half "
                        + "of another thread's line.");
        claims.put(
                "ebizzy",
                "The main job: freed runs of 512 KiB are taken back with their pages, as fast as malloc and many "
                        + "times faster than giving back.");
        claims.put(
                "ebizzy-pressure",
                "The same while another process needs the memory: it gets it, and speed hardly suffers.");
        claims.put(
                "burst",
                "Memory gives way: after a burst it goes back by itself, and at once when memory is short.");
        claims.put(
                "survive",
                "A process under a memory limit lives, even when one block in a hundred stays behind in every phase.");
        claims.put("purge", "Giving back costs the system call and nothing else.");
        claims.put("purge-huge", "The same where the memory lies in huge pages.");
        claims.put("purge-scattered", "Scattered runs are given back in one call, cheaper than one call for each.");
        claims.put("vm-get", "Reading through an address space costs little more than reading a segment.");
        claims.put("vm-put", "Writing through an address space costs little more than writing a segment.");
        claims.put("vm-read", "In bulk the address space is not to be seen.");
        claims.put("vm-mark", "Marking memory volatile costs the same for one page and for many.");
        claims.put("vm-fork", "A fork costs the same however much memory there is.");
        claims.put("vm-fork-written", "After many words were written it costs a stop of all threads more.");
        claims.put("vm-first-write", "The first write after a fork costs one page.");
        claims.put("vm-worst-first-write", "So does one that must copy the page table on its way too, but for little.");
        claims.put("vm-fork-touch", "A fork whose every page is written costs no more than a copy.");
        claims.put("vm-snapshot", "Writers go on beside a snapshot.");
        claims.put("vm-bookkeeping", "Page table and frames take a small part of the memory they describe.");
        return claims;
    }
}
