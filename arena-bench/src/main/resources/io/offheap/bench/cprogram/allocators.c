/*
 * The loops of the Java benchmarks in C, for whichever malloc the process has (LD_PRELOAD chooses another one).
 *
 *   allocators WORKLOAD THREADS SIZE RUN_IN_MS SLICE_MS
 *
 * prints one line: SLICED, then operations, threadNanos, cpuNanos, grownBytes, liveBytes as name=value, separated by tabs.
 * Exits with 3 and a line on standard error when a block does not hold what was written to it.
 *
 * A timer's signal moves on from run-in (phase 0) to the slice (phase 1) and to its end (phase 2), so that a program of one
 * thread has one thread only: glibc takes no locks then.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_LINE = 128, BATCH = 100, SIZES = 1 << 16, LEAST = 16, MOST = 8192, BLOCKS = 64, BATCHES = 16, SPINS = 200 };

static atomic_int phase;
static size_t size;
static int slots;
static uint32_t sizes[SIZES];
static double mean_size;

static int64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void next_phase(int signal) {
    (void) signal;
    atomic_fetch_add_explicit(&phase, 1, memory_order_relaxed);
}

static int in_phase(int expected) {
    return atomic_load_explicit(&phase, memory_order_acquire) == expected;
}

static void *allocate(size_t bytes) {
    void *block = malloc(bytes);
    if (block == NULL) {
        fprintf(stderr, "malloc(%zu) answered null\n", bytes);
        exit(2);
    }
    return block;
}

static void touch(void *block) {
    *(volatile char *) block = 1;
}

static void wrong(const char *what) {
    fprintf(stderr, "wrong bytes: %s\n", what);
    exit(3);
}

/* Like ContentCheck in Java: blocks that are live together, every 8 bytes of each numbered. */
static void check(int count) {
    uint64_t **blocks = allocate(count * sizeof *blocks);
    const size_t words = size / 8;
    for (int i = 0; i < count; i++) {
        blocks[i] = allocate(size);
        for (size_t word = 0; word < words; word++) blocks[i][word] = (uint64_t) (i + 1) << 32 | word;
    }
    for (int i = 0; i < count; i++) {
        for (size_t word = 0; word < words; word++) {
            if (blocks[i][word] != ((uint64_t) (i + 1) << 32 | word)) wrong("a block overlaps another one");
        }
        free(blocks[i]);
    }
    free(blocks);
}

/* --- one worker ------------------------------------------------------------------------------------------------- */

struct worker {
    _Alignas(CACHE_LINE) pthread_t thread;
    int64_t operations;         /* in the slice; 0 from one that only helps */
    int64_t nanos;
    int64_t cpu_nanos;
    uint64_t random;            /* mixed */
    void **table;               /* mixed, batch */
};

typedef int64_t (*loop)(struct worker *, int during);

static int64_t touch_loop(struct worker *self, int during) {
    (void) self;
    int64_t operations = 0;
    for (; in_phase(during); operations++) {
        void *block = allocate(size);
        touch(block);
        free(block);
    }
    return operations;
}

static int64_t write_loop(struct worker *self, int during) {
    (void) self;
    int64_t operations = 0;
    for (; in_phase(during); operations++) {
        void *block = allocate(size);
        memset(block, 1, size);
        __asm__ volatile("" : : "r"(block) : "memory");
        free(block);
    }
    return operations;
}

static int64_t batch_loop(struct worker *self, int during) {
    int64_t operations = 0;
    for (; in_phase(during); operations += BATCH) {
        for (int i = 0; i < BATCH; i++) {
            self->table[i] = allocate(size);
            touch(self->table[i]);
        }
        for (int i = 0; i < BATCH; i++) free(self->table[i]);
    }
    return operations;
}

static uint64_t next_random(uint64_t x) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static void put(struct worker *self, uint64_t slot) {
    uint64_t *block = allocate(sizes[self->random & (SIZES - 1)]);
    *block = slot;
    self->table[slot] = block;
}

static void fill_table(struct worker *self) {
    for (int slot = 0; slot < slots; slot++) {
        self->random = next_random(self->random);
        put(self, slot);
    }
}

static int64_t mixed_loop(struct worker *self, int during) {
    int64_t operations = 0;
    for (; in_phase(during); operations++) {
        self->random = next_random(self->random);
        const uint64_t slot = (self->random >> 32) * slots >> 32;
        free(self->table[slot]);
        put(self, slot);
    }
    return operations;
}

static void check_table(struct worker *self) {
    for (int slot = 0; slot < slots; slot++) {
        if (*(uint64_t *) self->table[slot] != (uint64_t) slot) wrong("a block of the table");
        free(self->table[slot]);
    }
}

/* --- producer and consumer --------------------------------------------------------------------------------------- */

struct batch {
    _Alignas(CACHE_LINE) uint64_t first;
    uint64_t *blocks[BLOCKS];
};

/* One writes, one reads; a power of two of places, more than there are batches, so it is never full. */
struct ring {
    _Alignas(CACHE_LINE) _Atomic uint32_t written;
    _Alignas(CACHE_LINE) _Atomic uint32_t read;
    _Alignas(CACHE_LINE) struct batch *places[2 * BATCHES];
};

static struct ring full, empty;
static struct batch batches[BATCHES];
static uint64_t number;

static void ring_put(struct ring *ring, struct batch *batch) {
    const uint32_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    ring->places[at % (2 * BATCHES)] = batch;
    atomic_store_explicit(&ring->written, at + 1, memory_order_release);
}

static struct batch *ring_poll(struct ring *ring) {
    const uint32_t at = atomic_load_explicit(&ring->read, memory_order_relaxed);
    if (at == atomic_load_explicit(&ring->written, memory_order_acquire)) return NULL;
    struct batch *batch = ring->places[at % (2 * BATCHES)];
    atomic_store_explicit(&ring->read, at + 1, memory_order_release);
    return batch;
}

static struct batch *ring_take(struct ring *ring, int during) {
    struct batch *batch;
    for (int spins = 1; (batch = ring_poll(ring)) == NULL && in_phase(during); spins++) {
        if (spins % SPINS == 0) sched_yield();
    }
    return batch;
}

static int64_t produce_loop(struct worker *self, int during) {
    (void) self;
    struct batch *batch;
    while (in_phase(during) && (batch = ring_take(&empty, during)) != NULL) {
        batch->first = number;
        for (int i = 0; i < BLOCKS; i++) {
            batch->blocks[i] = allocate(size);
            *batch->blocks[i] = number++;
        }
        ring_put(&full, batch);
    }
    return 0;
}

static void consume(struct batch *batch) {
    uint64_t difference = 0;
    for (int i = 0; i < BLOCKS; i++) {
        difference |= *batch->blocks[i] ^ (batch->first + i);
        free(batch->blocks[i]);
    }
    if (difference != 0) wrong("a block from the other thread");
    ring_put(&empty, batch);
}

static int64_t consume_loop(struct worker *self, int during) {
    (void) self;
    int64_t operations = 0;
    struct batch *batch;
    while (in_phase(during) && (batch = ring_take(&full, during)) != NULL) {
        consume(batch);
        operations += BLOCKS;
    }
    return operations;
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static loop chosen;
static pthread_barrier_t ready;
static int threads;

static void work(struct worker *self, loop run) {
    run(self, 0);
    const int64_t start = now(CLOCK_MONOTONIC), cpu_start = now(CLOCK_THREAD_CPUTIME_ID);
    self->operations = run(self, 1);
    self->cpu_nanos = now(CLOCK_THREAD_CPUTIME_ID) - cpu_start;
    self->nanos = self->operations == 0 ? 0 : now(CLOCK_MONOTONIC) - start;
}

static void prepare(struct worker *self) {
    if (slots > 0) fill_table(self);
    else if (chosen == batch_loop) check(BATCH);
    else if (chosen != produce_loop) check(2);
}

static struct worker *workers;

static void *run_thread(void *argument) {
    struct worker *self = argument;
    prepare(self);
    pthread_barrier_wait(&ready);
    work(self, chosen == produce_loop && self != workers ? consume_loop : chosen);
    return NULL;
}

static void start_timer(long run_in_ms, long slice_ms) {
    const struct itimerval timer = {
        .it_value = {run_in_ms / 1000, run_in_ms % 1000 * 1000},
        .it_interval = {slice_ms / 1000, slice_ms % 1000 * 1000},
    };
    setitimer(ITIMER_REAL, &timer, NULL);
}

static int64_t resident_bytes(void) {
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
    if (file != NULL) fclose(file);
    return resident * (int64_t) sysconf(_SC_PAGESIZE);
}

/* A bounded Pareto distribution with exponent 1, as in Java. */
static void make_sizes(void) {
    uint64_t random = UINT64_C(0x9E3779B97F4A7C15);
    for (int i = 0; i < SIZES; i++) {
        random = next_random(random);
        const double share = (double) (random >> 11) / (double) (UINT64_C(1) << 53);
        sizes[i] = LEAST / (1 - share * (1 - (double) LEAST / MOST));
        mean_size += (double) sizes[i] / SIZES;
    }
}

static loop loop_of(const char *workload) {
    if (strcmp(workload, "latency") == 0) return touch_loop;
    if (strcmp(workload, "latency-write") == 0) return write_loop;
    if (strcmp(workload, "latency-batch100") == 0) return batch_loop;
    if (strcmp(workload, "crossthread") == 0) return produce_loop;
    if (strcmp(workload, "mixed") == 0) return slots = 1000, mixed_loop;
    if (strcmp(workload, "mixed-200k") == 0) return slots = 200000, mixed_loop;
    fprintf(stderr, "no workload %s\n", workload);
    exit(2);
}

int main(int count, char **arguments) {
    if (count != 6) {
        fprintf(stderr, "usage: allocators WORKLOAD THREADS SIZE RUN_IN_MS SLICE_MS\n");
        return 2;
    }
    chosen = loop_of(arguments[1]);
    threads = atoi(arguments[2]);
    size = strtoul(arguments[3], NULL, 10);
    const long run_in_ms = atol(arguments[4]), slice_ms = atol(arguments[5]);
    if (threads < 1 || run_in_ms < 1 || slice_ms < 1 || (chosen == produce_loop && threads != 2)) {
        fprintf(stderr, "threads, run-in and slice must be 1 or more; crossthread needs 2 threads\n");
        return 2;
    }
    make_sizes();
    for (int i = 0; i < BATCHES; i++) ring_put(&empty, &batches[i]);
    workers = aligned_alloc(CACHE_LINE, threads * sizeof *workers);
    memset(workers, 0, threads * sizeof *workers);
    const int places = slots > 0 ? slots : BATCH;
    for (int i = 0; i < threads; i++) {
        workers[i].random = UINT64_C(0x9E3779B97F4A7C15) * (2 * i + 1);
        workers[i].table = allocate(places * sizeof(void *));
        memset(workers[i].table, 1, places * sizeof(void *));
    }
    const struct sigaction action = {.sa_handler = next_phase, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    const int64_t before = resident_bytes();
    if (threads == 1) {
        prepare(&workers[0]);
        start_timer(run_in_ms, slice_ms);
        work(&workers[0], chosen);
    } else {
        pthread_barrier_init(&ready, NULL, threads + 1);
        for (int i = 0; i < threads; i++) pthread_create(&workers[i].thread, NULL, run_thread, &workers[i]);
        pthread_barrier_wait(&ready);
        start_timer(run_in_ms, slice_ms);
        for (int i = 0; i < threads; i++) pthread_join(workers[i].thread, NULL);
    }
    const int64_t grown = resident_bytes() - before;
    int64_t operations = 0, nanos = 0, cpu_nanos = 0;
    for (int i = 0; i < threads; i++) {
        operations += workers[i].operations;
        nanos += workers[i].nanos;
        cpu_nanos += workers[i].cpu_nanos;
        if (slots > 0) check_table(&workers[i]);
    }
    for (struct batch *batch; (batch = ring_poll(&full)) != NULL;) consume(batch);
    printf("SLICED\toperations=%lld\tthreadNanos=%lld\tcpuNanos=%lld\tgrownBytes=%lld\tliveBytes=%.0f\n",
            (long long) operations, (long long) nanos, (long long) cpu_nanos, (long long) grown,
            mean_size * slots * threads);
    return 0;
}
