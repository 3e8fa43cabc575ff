"""What is computed on the host: integer scalars, shapes, and numbers that no device array enters.

A minibatch's bounds or a schedule's learning rate then cost no kernel and no synchronisation. The
arithmetic is NumPy's, in the dtypes of the graph.
"""

import numpy as np
import pytensor.scalar.basic as ps
from pytensor.compile.ops import DeepCopyOp, ViewOp
from pytensor.ifelse import IfElse
from pytensor.raise_op import CheckAndRaise
from pytensor.scalar.basic import ScalarOp
from pytensor.tensor.basic import (
    Join,
    MakeVector,
    ScalarFromTensor,
    Split,
    TensorFromScalar,
)
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.shape import Reshape, Shape, Shape_i, SpecifyShape
from pytensor.tensor.subtensor import IncSubtensor, Subtensor
from pytensor.tensor.type import DenseTensorType

from symgen.backends.torch.scope import Code, is_one_number
from symgen.ops.philox import PhiloxDraw

_SHORT = 8
_OPS = (
    *(Elemwise, ScalarOp, CAReduce, DimShuffle, Reshape, SpecifyShape, MakeVector, Join, Split),
    *(Subtensor, IncSubtensor, ScalarFromTensor, TensorFromScalar, CheckAndRaise),
    *(DeepCopyOp, ViewOp),
)


def may_be_on_host(variable):
    """Whether a value of this type is small: no tensor, a number, or a short or integer vector."""
    kind = variable.type
    if not isinstance(kind, DenseTensorType) or is_one_number(variable):
        return True
    if kind.ndim != 1:
        return False
    return np.dtype(kind.dtype).kind in "biu" or (kind.shape[0] or _SHORT + 1) <= _SHORT


def placement(node, on_host):
    """Which of a node's outputs are computed on the host.

    Parameters
    ----------
    node : Apply
    on_host : list of bool
        Whether each input is.

    Returns
    -------
    list of bool
    """
    op, outputs = node.op, node.outputs
    if isinstance(op, Shape | Shape_i):
        return [True]
    if isinstance(op, _OPS) and all(on_host):
        return [all(map(may_be_on_host, outputs))] * len(outputs)
    if isinstance(op, PhiloxDraw):
        return [on_host[0], False]
    if isinstance(op, IfElse):
        pairs = zip(on_host[1 : 1 + op.n_outs], on_host[1 + op.n_outs :], strict=True)
        return [all(pair) and may_be_on_host(v) for pair, v in zip(pairs, outputs, strict=True)]
    if isinstance(op, DeepCopyOp | ViewOp):
        return list(on_host)
    # A random generator stays where NumPy can use it.
    return [not isinstance(output.type, DenseTensorType) for output in outputs]


_INFIX = {
    ps.Sub: "-",
    ps.IntDiv: "//",
    ps.Mod: "%",
    ps.LT: "<",
    ps.GT: ">",
    ps.LE: "<=",
    ps.GE: ">=",
    ps.EQ: "==",
    ps.NEQ: "!=",
}


def emit_on_host(scope, node, arguments):
    """The code of a node all of whose outputs are on the host."""
    op = node.op
    if isinstance(op, Shape):
        x = arguments[0]
        return Code(f"{scope.bind(np.array, 'array')}({x.name}.shape, 'int64')")
    if isinstance(op, Shape_i):
        x = arguments[0]
        if x.on_host:
            return Code(f"{scope.bind(np.shape, 'shape')}({_host(scope, x)})[{op.i}]")
        return Code(f"{scope.bind(np.int64, 'int64')}({x.name}.shape[{op.i}])")
    if isinstance(op, ScalarFromTensor | TensorFromScalar | DeepCopyOp | ViewOp):
        return Code(_host(scope, arguments[0]))
    if isinstance(op, MakeVector):
        names = "".join(f"{_host(scope, value)}, " for value in arguments)
        return Code(f"{scope.bind(np.array, 'array')}(({names}), {op.dtype!r})")
    if isinstance(op, Elemwise) and isinstance(op.scalar_op, ps.Cast) and node.outputs[0].type.ndim:
        return Code(f"{_host(scope, arguments[0])}.astype({node.outputs[0].type.dtype!r})")
    if isinstance(op, Subtensor) and op.idx_list == (0,) and arguments[0].variable.type.ndim == 1:
        return Code(f"{_host(scope, arguments[0])}[{_host(scope, arguments[1])}]")
    if isinstance(op, DimShuffle) and is_one_number(node.outputs[0]):
        shape = (1,) * node.outputs[0].type.ndim
        if shape:
            return Code(f"{_host(scope, arguments[0])}.reshape({shape})")
    if isinstance(op, Elemwise | ScalarOp) and all(map(is_one_number, node.inputs)):
        scalar_op = op.scalar_op if isinstance(op, Elemwise) else op
        names = [_host(scope, value) for value in arguments]
        kind, dtype = type(scalar_op), node.outputs[0].type.dtype
        if kind in (ps.Add, ps.Mul):
            return Code({ps.Add: " + ", ps.Mul: " * "}[kind].join(names))
        if kind in _INFIX and dtype in ("bool", *(v.dtype for v in arguments)):
            return Code(f"{names[0]} {_INFIX[kind]} {names[1]}")
        to_dtype = scope.bind(np.dtype(dtype).type, dtype)
        if kind is ps.Switch:
            return Code(f"{to_dtype}({names[1]} if {names[0]} else {names[2]})")
        if kind is ps.Cast:
            return Code(f"{to_dtype}({names[0]})")
        ufunc = _ufunc(scalar_op, len(names))
        if ufunc is not None and {dtype} == {v.dtype for v in arguments}:
            return Code(f"{to_dtype}({scope.bind(ufunc, 'ufunc')}({', '.join(names)}))")
    return Code(f"{scope.bind(_by_numpy(node), 'numpy')}({', '.join(_host(scope, v) for v in arguments)})")


def _ufunc(scalar_op, inputs):
    """NumPy's function for a scalar Op, where it has one of as many arguments."""
    name, n_in, n_out = getattr(scalar_op, "nfunc_spec", None) or ("", 0, 0)
    function = getattr(np, name, None) if (n_in, n_out) == (inputs, 1) else None
    return function if isinstance(function, np.ufunc) else None


def host_expression(scope, value):
    """Expression of a value on the host as NumPy sees it."""
    return _host(scope, value)


def _host(scope, value):
    if value.constant is None:
        return value.name
    data = value.constant
    if isinstance(data, np.ndarray) and data.ndim == 0:
        data = data[()]
    key = ("host", value.variable)
    if key not in scope._bound:
        scope._bound[key] = (scope.bind(data, "constant"), data)
    return scope._bound[key][0]


def _by_numpy(node):
    """A node as a function of NumPy values, by its Op's own ``perform``."""
    op = node.op
    dtypes = [getattr(v.type, "dtype", None) for v in node.inputs]
    single = len(node.outputs) == 1
    as_scalar = [getattr(v.type, "ndim", 1) == 0 for v in node.outputs]
    arrays = [isinstance(v.type, DenseTensorType) for v in node.inputs]

    def compute(*arguments):
        values = [
            np.asarray(a, dtype=d) if is_array else a
            for a, d, is_array in zip(arguments, dtypes, arrays, strict=True)
        ]
        cells = [[None] for _ in node.outputs]
        op.perform(node, values, cells)
        results = [
            np.asarray(cell[0])[()] if scalar else cell[0]
            for cell, scalar in zip(cells, as_scalar, strict=True)
        ]
        return results[0] if single else tuple(results)

    return compute
