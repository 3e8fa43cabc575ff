"""The threads that the C code of all Ops shares, the BLAS's included.

PyTensor compiles each Op to a module of its own, and each library of threads keeps its threads awake
for a while after a call, since the next one may come soon. Two such libraries on two cores get into
each other's way. So there is one pool in a process: the first module that needs it makes it, and
leaves its address in :data:`pool` for the others. An OpenBLAS that can work on given threads (0.3.28
and later) is given these.

How many threads: as many as the linked OpenBLAS would take at this moment; with another BLAS
``OPENBLAS_NUM_THREADS`` or ``OMP_NUM_THREADS``, else the CPUs that the process may use.

A result must not depend on the number of threads: each number is computed in one unit, or the sizes
alone decide how a sum is cut into units, and the units' sums are added in their order. (A BLAS may do
otherwise; one thread leaves more of the products to it than several do.)
"""

# A capsule with the address of the C struct; None before the first module needs it.
pool = None

HEADERS = ["<pthread.h>", "<sched.h>", "<stdlib.h>", "<unistd.h>"]

# Changes when the struct or a function does.
VERSION = 3

SUPPORT_CODE = r"""
#ifndef SYMGEN_THREADS
#define SYMGEN_THREADS

typedef void (*ThreadsJob)(void* context, int unit, int thread);

#define THREADS_GET(x) __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define THREADS_SET(x, value) __atomic_store_n(&(x), value, __ATOMIC_SEQ_CST)
#define THREADS_ADD(x, value) __atomic_fetch_add(&(x), value, __ATOMIC_SEQ_CST)

static inline void threads_pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/* A worker spins for a moment after each job and then sleeps. One that comes late finds the job
   closed: nobody waits for a sleeper to wake up. */
enum { THREADS_MOST = 64 };
struct ThreadsPool {
  pthread_mutex_t mutex, busy;  /* busy: held while a job runs */
  pthread_cond_t wake;
  long generation;
  int open, inside, sleeping;
  struct { int unit; char rest[60]; } next[THREADS_MOST];  /* of each thread's share */
  ThreadsJob job;
  void* context;
  int units, most, threads;  /* most: threads that may take part; threads: besides the caller's */
};

static ThreadsPool* threads_new_pool() {
  ThreadsPool* pool = (ThreadsPool*) calloc(1, sizeof(ThreadsPool));
  if (pool == NULL) abort();
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_mutex_init(&pool->busy, NULL);
  pthread_cond_init(&pool->wake, NULL);
  return pool;
}

/* First the thread's own share, the same at each call, whose numbers may still be in its cache; then
   what the others have not begun. */
static void threads_work(ThreadsPool* pool, int thread) {
  const ThreadsJob job = pool->job;
  void* const context = pool->context;
  const long units = pool->units, most = pool->most;
  for (long k = 0; k < most; k++) {
    const long share = (thread + k) % most;
    const int last = (int) ((share + 1) * units / most);
    for (int unit; (unit = THREADS_ADD(pool->next[share].unit, 1)) < last;) job(context, unit, thread);
  }
}

struct ThreadsWorker { ThreadsPool* pool; int thread; };

static void* threads_live(void* argument) {
  const ThreadsWorker me = *(ThreadsWorker*) argument;
  free(argument);
  ThreadsPool* pool = me.pool;
  for (long seen = 0;;) {
    for (int spin = 0; THREADS_GET(pool->generation) == seen && spin < 4000; spin++) threads_pause();
    if (THREADS_GET(pool->generation) == seen) {
      pthread_mutex_lock(&pool->mutex);
      THREADS_ADD(pool->sleeping, 1);
      while (THREADS_GET(pool->generation) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
      THREADS_ADD(pool->sleeping, -1);
      pthread_mutex_unlock(&pool->mutex);
    }
    seen = THREADS_GET(pool->generation);
    THREADS_ADD(pool->inside, 1);
    if (THREADS_GET(pool->open) && me.thread < pool->most) threads_work(pool, me.thread);
    THREADS_ADD(pool->inside, -1);
  }
  return NULL;
}

/* Workers until there are as many as wanted, or the system has no more. */
static void threads_grow(ThreadsPool* pool, int wanted) {
  while (pool->threads < wanted) {
    ThreadsWorker* worker = (ThreadsWorker*) malloc(sizeof(ThreadsWorker));
    if (worker == NULL) return;
    *worker = ThreadsWorker{pool, pool->threads + 1};
    pthread_t id;
    if (pthread_create(&id, NULL, threads_live, worker) != 0) { free(worker); return; }
    pthread_detach(id);
    pool->threads++;
  }
}

/* What the modules share. */
struct ThreadsShared {
  ThreadsPool* pool;
  int asked;             /* by the environment, or CPUs */
  int (*of_blas)(void);  /* the linked OpenBLAS's own count, or NULL */
  bool serves_blas;
  /* With `together` the units wait for each other: each needs a thread. */
  void (*run)(ThreadsShared*, ThreadsJob, void*, int units, int most, bool together);
};

static void threads_run(ThreadsShared* shared, ThreadsJob job, void* context, int units, int most,
                        bool together) {
  ThreadsPool* pool = shared->pool;
  if (most > THREADS_MOST) most = THREADS_MOST;
  if (together) pthread_mutex_lock(&pool->busy);
  else if (pthread_mutex_trylock(&pool->busy) != 0) {  /* another thread of Python computes */
    for (int unit = 0; unit < units; unit++) job(context, unit, 0);
    return;
  }
  threads_grow(pool, most - 1);
  pool->job = job;
  pool->context = context;
  pool->units = units;
  pool->most = most;
  for (long share = 0; share < most; share++)
    THREADS_SET(pool->next[share].unit, (int) (share * units / most));
  THREADS_SET(pool->open, 1);
  THREADS_ADD(pool->generation, 1);
  if (THREADS_GET(pool->sleeping) > 0) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
  }
  threads_work(pool, 0);
  THREADS_SET(pool->open, 0);
  for (int spin = 0; THREADS_GET(pool->inside) > 0; spin++)
    if (spin < 2000) threads_pause();
    else sched_yield();
  pthread_mutex_unlock(&pool->busy);
}

/* A process that forked has none of its parent's threads: it gets a pool of its own. Pools are never
   freed: their threads may be waiting when the process ends. */
static ThreadsShared* threads_made_here = NULL;
static void threads_after_fork() { threads_made_here->pool = threads_new_pool(); }

static int threads_asked() {
  long n = 0;
  #ifdef _SC_NPROCESSORS_ONLN
  n = sysconf(_SC_NPROCESSORS_ONLN);
  #endif
  #ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
  #endif
  const char* names[2] = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"};
  for (int k = 0; k < 2; k++) {
    const char* text = getenv(names[k]);
    const long asked = text == NULL ? 0 : strtol(text, NULL, 10);
    if (asked > 0) { n = asked < n || n < 1 ? asked : n; break; }
  }
  return n < 1 ? 1 : (int) n;
}

/* Call with the interpreter's lock held, as the C code of Ops is called. NULL with an error set. */
static ThreadsShared* threads_shared() {
  static ThreadsShared* shared = NULL;
  if (shared) return shared;
  PyObject* module = PyImport_ImportModule("symgen.ops.threads");
  PyObject* known = module ? PyObject_GetAttrString(module, "pool") : NULL;
  if (known && PyCapsule_CheckExact(known))
    shared = (ThreadsShared*) PyCapsule_GetPointer(known, "symgen.threads");
  else if (known) {
    ThreadsShared* made = (ThreadsShared*) calloc(1, sizeof(ThreadsShared));
    PyObject* capsule = made ? PyCapsule_New(made, "symgen.threads", NULL) : PyErr_NoMemory();
    if (capsule && PyObject_SetAttrString(module, "pool", capsule) == 0) {
      made->pool = threads_new_pool();
      made->asked = threads_asked();
      made->run = threads_run;
      shared = threads_made_here = made;
      #ifndef _WIN32
      pthread_atfork(NULL, NULL, threads_after_fork);
      #endif
    }
    Py_XDECREF(capsule);
  }
  Py_XDECREF(known);
  Py_XDECREF(module);
  return shared;
}

/* Of threads that work at once, the caller's included. */
static int threads_count() {
  ThreadsShared* shared = threads_shared();
  if (shared == NULL) { PyErr_Clear(); return 1; }
  const int count = shared->of_blas ? shared->of_blas() : shared->asked;
  return count < 1 ? 1 : count > THREADS_MOST ? (int) THREADS_MOST : count;
}

/* job(context, unit, thread) for each unit below `units`, in any order; thread is 0 in the caller's
   thread and less than threads_count(). Jobs must not call the BLAS, nor this. */
static void threads_parallel(ThreadsJob job, void* context, int units) {
  const int most = units > 1 ? threads_count() : 1;
  if (most > 1) {
    ThreadsShared* shared = threads_shared();
    shared->run(shared, job, context, units, most, false);
    return;
  }
  for (int unit = 0; unit < units; unit++) job(context, unit, 0);
}
#endif
"""

# For modules that link the BLAS, after the above.
BLAS_SUPPORT_CODE = r"""
#ifndef SYMGEN_THREADS_BLAS
#define SYMGEN_THREADS_BLAS
#if defined(__linux__)
// Whichever OpenBLAS is linked; NULL where another BLAS is, or an older one.
typedef void (*ThreadsDoJob)(int thread, void* job, int data);
typedef void (*ThreadsBlasCall)(int sync, ThreadsDoJob, int jobs, size_t size, void* job, int data);
extern "C" int openblas_get_num_threads(void) __attribute__((weak));
extern "C" int scipy_openblas_get_num_threads(void) __attribute__((weak));
extern "C" void openblas_set_threads_callback_function(ThreadsBlasCall) __attribute__((weak));
extern "C" void scipy_openblas_set_threads_callback_function(ThreadsBlasCall) __attribute__((weak));

static ThreadsShared* threads_of_blas;
struct ThreadsBlasWork { ThreadsDoJob run; char* jobs; size_t size; int data; };
static void threads_blas_unit(void* context, int unit, int) {
  const ThreadsBlasWork& work = *(const ThreadsBlasWork*) context;
  work.run(unit, work.jobs + unit * work.size, work.data);
}
static void threads_blas_call(int, ThreadsDoJob run, int jobs, size_t size, void* job, int data) {
  ThreadsBlasWork work = {run, (char*) job, size, data};
  threads_of_blas->run(threads_of_blas, threads_blas_unit, &work, jobs, jobs, true);
}
#endif

/* Let the linked BLAS work on the shared threads, once in a process. */
static void threads_serve_blas() {
  static bool done = false;
  if (done) return;
  done = true;
#if defined(__linux__)
  ThreadsShared* shared = threads_shared();
  if (shared == NULL) { PyErr_Clear(); return; }
  if (shared->serves_blas) return;
  shared->serves_blas = true;
  threads_of_blas = shared;
  if (scipy_openblas_get_num_threads) shared->of_blas = scipy_openblas_get_num_threads;
  else if (openblas_get_num_threads) shared->of_blas = openblas_get_num_threads;
  if (shared->of_blas == NULL || shared->of_blas() > THREADS_MOST) return;
  if (scipy_openblas_set_threads_callback_function)
    scipy_openblas_set_threads_callback_function(threads_blas_call);
  else if (openblas_set_threads_callback_function)
    openblas_set_threads_callback_function(threads_blas_call);
#endif
}
#endif
"""
