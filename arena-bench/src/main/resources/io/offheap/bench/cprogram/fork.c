/*
 * The kernel's fork of a process that has written much memory, and the first writes after it: what a fork of an address
 * space is compared with.
 *
 *   fork MEBIBYTES WRITES
 *
 * prints one line: FORKED, then forkNanos of one fork as the parent sees it, and firstWriteNanos of one write in the child
 * to a page that both have, the mean of WRITES pages far from each other, as name=value, separated by tabs.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(2);
}

/* In the child: what a write took, said through a pipe. */
static void write_pages(volatile char *memory, size_t size, long writes, int out) {
    const size_t stride = size / (size_t) writes;
    const int64_t start = now();
    for (long i = 0; i < writes; i++) memory[(size_t) i * stride] = 1;
    const int64_t nanos = (now() - start) / writes;
    if (write(out, &nanos, sizeof nanos) != sizeof nanos) _exit(2);
    _exit(0);
}

int main(int count, char **arguments) {
    const long mebibytes = count == 3 ? atol(arguments[1]) : 0;
    const long writes = count == 3 ? atol(arguments[2]) : 0;
    if (mebibytes < 1 || writes < 1 || writes > mebibytes * 256) {
        fprintf(stderr, "usage: fork MEBIBYTES WRITES\n");
        return 2;
    }
    const size_t size = (size_t) mebibytes << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    madvise(memory, size, MADV_NOHUGEPAGE);
    memset(memory, 1, size);
    int ends[2];
    if (pipe(ends) != 0) fail("pipe");
    const int64_t start = now();
    const pid_t child = fork();
    if (child == 0) write_pages(memory, size, writes, ends[1]);
    const int64_t nanos = now() - start;
    if (child < 0) fail("fork");
    int64_t write_nanos;
    int status;
    close(ends[1]);
    if (read(ends[0], &write_nanos, sizeof write_nanos) != sizeof write_nanos) fail("read");
    if (waitpid(child, &status, 0) != child || status != 0) fail("waitpid");
    printf("FORKED\tforkNanos=%lld\tfirstWriteNanos=%lld\n", (long long) nanos, (long long) write_nanos);
    return 0;
}
