"""Indexing in C: first the place in memory of each item, with all checks, then a loop over places."""

SUPPORT_CODE = """
static npy_intp indexing_value(PyArrayObject* index, const void* data) {
  const bool is_unsigned = PyArray_ISUNSIGNED(index);
  switch (PyArray_ITEMSIZE(index)) {
    case 1: return is_unsigned ? (npy_intp) *(npy_uint8*) data : (npy_intp) *(npy_int8*) data;
    case 2: return is_unsigned ? (npy_intp) *(npy_uint16*) data : (npy_intp) *(npy_int16*) data;
    case 4: return is_unsigned ? (npy_intp) *(npy_uint32*) data : (npy_intp) *(npy_int32*) data;
    default: return (npy_intp) *(npy_int64*) data;
  }
}

/* What k integer arrays select of the first k axes of an array: the shape that they broadcast to,
   and for each item its distance in bytes from the beginning of the array. */
struct IndexingPlaces {
  int ndim;
  npy_intp count, shape[NPY_MAXDIMS], *offsets;

  IndexingPlaces() : ndim(0), count(0), offsets(NULL) {}
  ~IndexingPlaces() { delete[] offsets; }

  /* False and a Python error when they do not broadcast or an index is out of bounds. */
  bool find(PyArrayObject* x, int k, PyArrayObject** indices) {
    PyArrayMultiIterObject* all =
        (PyArrayMultiIterObject*) PyArray_MultiIterFromObjects((PyObject**) indices, k, 0);
    if (all == NULL) {
      PyErr_Clear();
      PyErr_SetString(PyExc_IndexError,
                      "shape mismatch: indexing arrays could not be broadcast together");
      return false;
    }
    ndim = PyArray_MultiIter_NDIM(all);
    for (int d = 0; d < ndim; d++) shape[d] = PyArray_MultiIter_DIMS(all)[d];
    count = PyArray_MultiIter_SIZE(all);
    offsets = new (std::nothrow) npy_intp[count > 0 ? count : 1];
    bool good = offsets != NULL;
    if (!good) PyErr_NoMemory();
    for (npy_intp item = 0; good && item < count; item++) {
      offsets[item] = 0;
      for (int axis = 0; axis < k; axis++) {
        const npy_intp length = PyArray_DIM(x, axis);
        const npy_intp given = indexing_value(indices[axis], PyArray_MultiIter_DATA(all, axis));
        const npy_intp index = given < 0 ? given + length : given;
        if (index < 0 || index >= length) {
          PyErr_Format(PyExc_IndexError, "index %lld is out of bounds for axis %d with size %lld",
                       (long long) given, axis, (long long) length);
          good = false;
          break;
        }
        offsets[item] += index * PyArray_STRIDE(x, axis);
      }
      PyArray_MultiIter_NEXT(all);
    }
    Py_DECREF(all);
    return good;
  }
};

/* Whether the axes from k on lie in memory as in C, without gaps. */
static bool indexing_contiguous_from(PyArrayObject* x, int k) {
  npy_intp step = PyArray_ITEMSIZE(x);
  for (int axis = PyArray_NDIM(x) - 1; axis >= k; axis--) {
    if (PyArray_DIM(x, axis) > 1 && PyArray_STRIDE(x, axis) != step) return false;
    step *= PyArray_DIM(x, axis);
  }
  return true;
}
"""


def gather_code(node, inputs, out, fail):
    """C code of a :class:`~symgen.ops.indexing.Gather`."""
    x, *indices = inputs
    k, rest = len(indices), node.inputs[0].type.ndim - len(indices)
    ndim = node.outputs[0].type.ndim
    return f"""
    {{
      PyArrayObject* in = {x};
      Py_INCREF(in);
      if (!indexing_contiguous_from(in, {k})) {{
        Py_DECREF(in);
        in = (PyArrayObject*) PyArray_NewCopy({x}, NPY_CORDER);
        if (in == NULL) {{ {fail} }}
      }}
      PyArrayObject* indices[{k}] = {{{", ".join(indices)}}};
      IndexingPlaces places;
      if (!places.find(in, {k}, indices)) {{ Py_DECREF(in); {fail} }}
      size_t bytes = PyArray_ITEMSIZE(in);
      for (int axis = 0; axis < {rest}; axis++) {{
        places.shape[places.ndim + axis] = PyArray_DIM(in, {k} + axis);
        bytes *= PyArray_DIM(in, {k} + axis);
      }}
      bool fits = {out} != NULL && PyArray_IS_C_CONTIGUOUS({out});
      for (int axis = 0; axis < {ndim}; axis++)
        fits = fits && PyArray_DIM({out}, axis) == places.shape[axis];
      if (!fits) {{
        Py_XDECREF({out});
        {out} = (PyArrayObject*) PyArray_EMPTY({ndim}, places.shape, PyArray_TYPE(in), 0);
        if ({out} == NULL) {{ Py_DECREF(in); {fail} }}
      }}
      const char* from = PyArray_BYTES(in);
      char* to = PyArray_BYTES({out});
      for (npy_intp item = 0; item < places.count; item++, to += bytes)
        std::memcpy(to, from + places.offsets[item], bytes);
      Py_DECREF(in);
    }}
    """


def scatter_code(op, node, inputs, out, fail):
    """C code of a :class:`~symgen.ops.indexing.Scatter`."""
    x, y, *indices = inputs
    k, rest = len(indices), node.inputs[0].type.ndim - len(indices)
    c_type = node.inputs[0].type.dtype_specs()[1]
    y_type = node.inputs[1].type.dtype_specs()[1]
    static = node.inputs[1].type.broadcastable
    assign = "+=" if op.add else "="
    checks = "".join(
        f"""
        if (PyArray_DIM({y}, {axis}) == 1 && places.shape[ndim - {len(static) - axis}] != 1) {{
          PyErr_SetString(PyExc_ValueError,
              "expected as many values as places; got one along axis {axis}, whose length 1 is not "
              "static. Say that it is 1: specify_broadcastable(y, {axis}).");
          {fail}
        }}"""
        for axis, fixed in enumerate(static)
        if op.strict and not fixed
    )
    return f"""
    {{
      PyArrayObject* result = {x};
      Py_INCREF(result);
      if (!{int(op.inplace)} || !indexing_contiguous_from(result, {k})) {{
        Py_DECREF(result);
        result = (PyArrayObject*) PyArray_NewCopy({x}, NPY_CORDER);
        if (result == NULL) {{ {fail} }}
      }}
      Py_XDECREF({out});
      {out} = result;
      PyArrayObject* indices[{k}] = {{{", ".join(indices)}}};
      IndexingPlaces places;
      if (!places.find(result, {k}, indices)) {{ {fail} }}
      npy_intp size = 1;
      for (int axis = 0; axis < {rest}; axis++) {{
        places.shape[places.ndim + axis] = PyArray_DIM(result, {k} + axis);
        size *= PyArray_DIM(result, {k} + axis);
      }}
      const int ndim = places.ndim + {rest};
      {checks}
      bool plain = PyArray_IS_C_CONTIGUOUS({y}) && PyArray_NDIM({y}) == ndim;
      for (int axis = 0; plain && axis < ndim; axis++)
        plain = PyArray_DIM({y}, axis) == places.shape[axis];
      char* base = PyArray_BYTES(result);
      if (plain) {{
        const {y_type}* from = ({y_type}*) PyArray_DATA({y});
        for (npy_intp item = 0; item < places.count; item++, from += size) {{
          {c_type}* to = ({c_type}*) (base + places.offsets[item]);
          #pragma GCC ivdep
          for (npy_intp i = 0; i < size; i++) to[i] {assign} ({c_type}) from[i];
        }}
      }} else {{
        PyArrayIterObject* from = (PyArrayIterObject*) PyArray_BroadcastToShape(
            (PyObject*) {y}, places.shape, ndim);
        if (from == NULL) {{ {fail} }}
        for (npy_intp item = 0; item < places.count; item++) {{
          {c_type}* to = ({c_type}*) (base + places.offsets[item]);
          for (npy_intp i = 0; i < size; i++) {{
            to[i] {assign} ({c_type}) *({y_type}*) PyArray_ITER_DATA(from);
            PyArray_ITER_NEXT(from);
          }}
        }}
        Py_DECREF(from);
      }}
    }}
    """
