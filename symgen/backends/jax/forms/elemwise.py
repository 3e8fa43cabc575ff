"""Elementwise functions and reductions, with NumPy's promotion of integers that meet floats."""

import functools

import jax.numpy as jnp
import numpy as np
from pytensor.link.jax.dispatch.basic import jax_funcify
from pytensor.scalar.basic import AND, OR, Add, Cast, Mul, ScalarMaximum, ScalarMinimum, Switch
from pytensor.tensor.elemwise import CAReduce, Elemwise

from symgen.backends.jax.convert import form, pytensor_form

_VARIADIC = {
    Add: jnp.add,
    Mul: jnp.multiply,
    ScalarMaximum: jnp.maximum,
    ScalarMinimum: jnp.minimum,
}
_REDUCTIONS = {Add: jnp.sum, Mul: jnp.prod, ScalarMaximum: jnp.max, ScalarMinimum: jnp.min}


@form.register(Elemwise)
def elemwise_form(op, node):
    """A scalar function applied element by element."""
    function = _scalar_function(op.scalar_op, node)
    stretched = [v.type.broadcastable for v in node.inputs]
    promotes = not isinstance(op.scalar_op, Cast | Switch) and len(node.inputs) > 1

    def elemwise(*values):
        _check_broadcast(values, stretched)
        if promotes:
            values = _promoted(values)
        return function(*values)

    return elemwise


def _scalar_function(scalar_op, node):
    for kind, binary in _VARIADIC.items():
        if isinstance(scalar_op, kind):
            return lambda *values: functools.reduce(binary, values)
    if isinstance(scalar_op, Cast):
        dtype = scalar_op.o_type.dtype
        return lambda value: jnp.asarray(value).astype(dtype)
    return jax_funcify(scalar_op, node=node)


def _promoted(values):
    """Integers in the float dtype that NumPy would compute in: float64 for int32 with float32."""
    dtypes = [v.dtype for v in values if v.dtype != bool]
    if not dtypes:
        return values
    common = np.result_type(*dtypes)
    if common.kind not in "fc" or all(dtype == common for dtype in dtypes):
        return values
    return [v.astype(common) if v.dtype.kind in "iu" else v for v in values]


def _check_broadcast(values, stretched):
    """Refuse, as PyTensor does, to stretch an axis that the type does not say has one element."""
    shapes = [np.shape(v) for v in values]
    if len(set(shapes)) == 1:
        return
    for axis, sizes in enumerate(zip(*shapes, strict=True)):
        if len({n for n, s in zip(sizes, stretched, strict=True) if not s[axis]}) > 1:
            raise ValueError(f"incompatible sizes {sizes} along axis {axis}")


@form.register(CAReduce)
def reduction_form(op, node):
    """Sum, product, maximum, minimum, all, any over some axes."""
    axis, scalar_op = op.axis, op.scalar_op
    dtype = node.outputs[0].type.dtype
    function = next((f for kind, f in _REDUCTIONS.items() if isinstance(scalar_op, kind)), None)
    if function is None and node.inputs[0].type.dtype == "bool" and isinstance(scalar_op, AND | OR):
        function = jnp.all if isinstance(scalar_op, AND) else jnp.any
    if function is None:
        return pytensor_form(op, node)
    # Sums are gathered in the dtype that PyTensor names, which is wider than the result's.
    options = {}
    if function in (jnp.sum, jnp.prod):
        options["dtype"] = getattr(op, "acc_dtype", None) or dtype

    def reduction(x):
        return function(jnp.asarray(x), axis=axis, **options)

    return reduction
