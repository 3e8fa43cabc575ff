"""Memory for large arrays that begins where a line of the cache does, or a large page.

NumPy's begins 16 bytes behind: then every vector of 64 bytes lies in two lines, and is read and written
in two halves. And 4 kB of a page are a row of 1,024 numbers: going down a matrix a processor looks up
the place of each row anew. Where the operating system has pages of 2 MB for whom asks, they are asked
for as far as an array fills them.

The C text below makes the results of Ops so, by NumPy's own interface for allocators (NEP 49), in force
for these allocations alone. :func:`aligned` copies what was made otherwise.
"""

import contextlib
import mmap
import sys

import numpy as np

LINE, PAGE = 64, 1 << 21

# Arrays from this size on, bytes.
SMALLEST = 1 << 14

# All of them at the head of the file: modules that include headers further down are compiled alone.
HEADERS = ["<stdlib.h>", "<string.h>"]
if sys.platform == "linux":
    HEADERS.append("<sys/mman.h>")

# Changes with the C text.
VERSION = 2

SUPPORT_CODE = f"""
#if !defined(SYMGEN_ALIGNED) && !defined(_WIN32)
#define SYMGEN_ALIGNED
enum {{ ALIGNED_LINE = {LINE}, ALIGNED_PAGE = {PAGE}, ALIGNED_SMALLEST = {SMALLEST} }};
"""
SUPPORT_CODE += r"""
static void* aligned_malloc(void*, size_t size) {
  void* memory = NULL;
  const size_t pages = size / ALIGNED_PAGE * ALIGNED_PAGE;
  if (posix_memalign(&memory, pages ? ALIGNED_PAGE : ALIGNED_LINE, size ? size : 1)) return NULL;
#if defined(MADV_HUGEPAGE)
  if (pages) madvise(memory, pages, MADV_HUGEPAGE);  // A refusal costs time and nothing else.
#endif
  return memory;
}
static void* aligned_calloc(void* context, size_t count, size_t size) {
  if (size && count > (size_t) -1 / size) return NULL;
  void* memory = aligned_malloc(context, count * size);
  return memory ? memset(memory, 0, count * size) : NULL;
}
static void* aligned_realloc(void*, void* memory, size_t size) { return realloc(memory, size); }
static void aligned_free(void*, void* memory, size_t) { free(memory); }

static PyDataMem_Handler aligned_handler = {
  "symgen_aligned", 1, {NULL, aligned_malloc, aligned_calloc, aligned_realloc, aligned_free}};

/* PyArray_EMPTY or PyArray_ZEROS. Older headers do not name the allocators: 304 is their place in
   NumPy's table since 1.22. */
static PyObject* aligned_array(int ndim, const npy_intp* dims, int type, int fortran, bool zeros) {
  npy_intp size = 1;
  for (int i = 0; i < ndim; i++) size *= dims[i];
  const bool large = size >= ALIGNED_SMALLEST / 4 && type != NPY_OBJECT;
  PyObject* before = NULL;
  if (large) {
    static PyObject* handler = PyCapsule_New(&aligned_handler, "mem_handler", NULL);
    if (handler == NULL) return NULL;
    before = (*(PyObject* (*)(PyObject*)) PyArray_API[304])(handler);
    if (before == NULL) return NULL;
  }
  PyArray_Descr* dtype = PyArray_DescrFromType(type);
  PyObject* array = zeros ? PyArray_Zeros(ndim, dims, dtype, fortran)
                          : PyArray_Empty(ndim, dims, dtype, fortran);
  if (large) {
    PyObject *kind, *value, *trace;
    PyErr_Fetch(&kind, &value, &trace);
    PyObject* ours = (*(PyObject* (*)(PyObject*)) PyArray_API[304])(before);
    Py_DECREF(before);
    Py_XDECREF(ours);
    if (kind != NULL) PyErr_Restore(kind, value, trace);
    else if (ours == NULL) Py_CLEAR(array);
  }
  return array;
}
#undef PyArray_EMPTY
#undef PyArray_ZEROS
#undef PyArray_SimpleNew
#define PyArray_EMPTY(ndim, dims, type, fortran) aligned_array(ndim, dims, type, fortran, false)
#define PyArray_ZEROS(ndim, dims, type, fortran) aligned_array(ndim, dims, type, fortran, true)
#define PyArray_SimpleNew(ndim, dims, type) aligned_array(ndim, dims, type, 0, false)
#endif
"""


def is_aligned(array):
    """Whether a large array begins where a line of the cache does, and a larger one a large page."""
    return array.ctypes.data % (PAGE if array.nbytes >= PAGE else LINE) == 0


def aligned(array):
    """Return a copy of an array whose memory begins where a line of the cache or a large page does.

    Parameters
    ----------
    array : ndarray
        Of any shape; its numbers adjacent, by rows or by columns, which the copy keeps.

    Returns
    -------
    ndarray
    """
    alignment = PAGE if array.nbytes >= PAGE else LINE
    size = array.nbytes + alignment
    if hasattr(mmap, "MADV_HUGEPAGE") and array.nbytes >= PAGE:
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        room = np.frombuffer(memory, np.uint8)
        start = -room.ctypes.data % alignment
        # Whole pages of an mmap can be named alone: its memory begins at one. A system without large
        # pages refuses, which costs time and nothing else.
        with contextlib.suppress(OSError):
            memory.madvise(mmap.MADV_HUGEPAGE, start, array.nbytes // PAGE * PAGE)
    else:
        room = np.empty(size, np.uint8)
        start = -room.ctypes.data % alignment
    order = "C" if array.flags.c_contiguous else "F"
    flat = room[start : start + array.nbytes].view(array.dtype)
    copy = flat.reshape(array.shape, order=order)
    copy[...] = array
    return copy
