"""Arrays joined in C, row by row.

NumPy copies each part by itself, and a part of a few numbers a row, such as a gate of a small LSTM, at a
quarter of the speed of the cache.
"""

from math import prod

from pytensor.graph.basic import Constant
from pytensor.tensor.basic import Join

from symgen.ops import aligned

# Bytes of a part's row, if known, that are copied without a call.
_SHORT = 512

# Since PyTensor 3.3 the axis is the Op's, not its first input.
_AXIS_OF_OP = "axis" in Join.__props__


class JoinOfRows(Join):
    """``Join`` of contiguous arrays of one dtype along a constant axis; of others as PyTensor has it."""

    def c_headers(self, **kwargs):
        """Those of the allocator."""
        return [*super().c_headers(**kwargs), *aligned.HEADERS]

    def c_support_code(self, **kwargs):
        """The allocator."""
        return aligned.SUPPORT_CODE

    def c_code(self, node, name, inputs, outputs, sub):
        """The copies, or PyTensor's code."""
        general = super().c_code(node, name, inputs, outputs, sub)
        if not is_join_of_rows(node):
            return general
        variables, (out,) = parts_of(node), outputs
        parts, ndim, axis = inputs[-len(variables) :], node.outputs[0].type.ndim, _axis(node)
        same = "".join(
            f"rows = rows && PyArray_DIM({part}, {k}) == PyArray_DIM({parts[0]}, {k});\n"
            for part in parts[1:]
            for k in range(ndim)
            if k != axis
        )
        copies = ""
        for part, variable in zip(parts, variables, strict=True):
            copies += self._copy(part, variable.type, axis)
        return f"""
        {{
          const bool contiguous = {" && ".join(f"PyArray_IS_C_CONTIGUOUS({part})" for part in parts)};
          bool rows = contiguous;
          {same}
          npy_intp dims[{ndim}];
          if (rows) {{
            for (int k = 0; k < {ndim}; k++) dims[k] = PyArray_DIM({parts[0]}, k);
            dims[{axis}] = {" + ".join(f"PyArray_DIM({part}, {axis})" for part in parts)};
            if ({out} == NULL || !PyArray_CompareLists(PyArray_DIMS({out}), dims, {ndim})) {{
              Py_XDECREF({out});
              {out} = (PyArrayObject*) aligned_array({ndim}, dims, PyArray_TYPE({parts[0]}), 0, false);
              if ({out} == NULL) {{ {sub["fail"]} }}
            }}
            rows = PyArray_IS_C_CONTIGUOUS({out});
          }}
          if (rows) {{
            npy_intp count = 1, length = PyArray_ITEMSIZE({out});
            for (int k = 0; k < {axis}; k++) count *= dims[k];
            for (int k = {axis}; k < {ndim}; k++) length *= dims[k];
            char* to = PyArray_BYTES({out});
            if (count * length > 0) {{
              {copies}
            }}
          }} else {{
            {general}
          }}
        }}
        """

    @staticmethod
    def _copy(part, kind, axis):
        row = kind.shape[axis:]
        known = 0 if None in row else prod(row) * kind.numpy_dtype.itemsize
        copy = "for (npy_intp r = 0; r < count; r++) memcpy(to + r * length, from + r * size, {});\n"
        short = f"if (size == {known}) {copy.format(known)} else " if 0 < known <= _SHORT else ""
        return f"""{{
        const char* from = PyArray_BYTES({part});
        const npy_intp size = PyArray_NBYTES({part}) / count;
        {short}{copy.format("size")}
        to += size;
        }}
        """

    def c_code_cache_version(self):
        """PyTensor's version and ours."""
        return (*super().c_code_cache_version(), "rows", 3, aligned.VERSION)


def parts_of(node):
    """What a ``Join`` joins."""
    return node.inputs[0 if _AXIS_OF_OP else 1 :]


def is_join_of_rows(node):
    """Whether a ``Join`` is along a constant axis, of numbers of one dtype."""
    dtypes = {variable.type.dtype for variable in (*parts_of(node), *node.outputs)}
    return _axis(node) is not None and len(dtypes) == 1


def _axis(node):
    """The axis that a ``Join`` is along, counted from the first; None where it is not constant."""
    if _AXIS_OF_OP:
        return node.op.axis
    axis = node.inputs[0]
    return int(axis.data) % node.outputs[0].type.ndim if isinstance(axis, Constant) else None


def join_of_rows(op):
    """Our Op for PyTensor's `op`."""
    return JoinOfRows(op.axis) if _AXIS_OF_OP else JoinOfRows()
