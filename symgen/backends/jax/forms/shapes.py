"""Shapes, and arrays made of shapes: known while tracing, or refused by name."""

import jax.numpy as jnp
import numpy as np
from pytensor.tensor.basic import (
    Alloc,
    AllocEmpty,
    ARange,
    Eye,
    Join,
    MakeVector,
    Nonzero,
    ScalarFromTensor,
    Split,
    TensorFromScalar,
)
from pytensor.tensor.extra_ops import Repeat, Unique
from pytensor.tensor.shape import Reshape, Shape, Shape_i, SpecifyShape

from symgen.backends.jax.convert import form, needs_host, on_host
from symgen.errors import BackendError


def known(op, values, what):
    """Integers that are known while tracing, else the error of a data-dependent shape."""
    if not all(map(on_host, values)):
        raise needs_host(op, what)
    return tuple(int(v) for v in values)


@form.register(Shape)
def shape_form(op, node):
    """The shape, a NumPy array."""
    return lambda x: np.array(np.shape(x), "int64")


@form.register(Shape_i)
def shape_i_form(op, node):
    """One dimension, a NumPy number."""
    return lambda x: np.array(np.shape(x)[op.i], "int64")


@form.register(SpecifyShape)
def specify_shape_form(op, node):
    """The array, if it has the shape."""

    def specify_shape(x, *shape):
        for n, wanted in zip(np.shape(x), shape, strict=True):
            if wanted is not None and on_host(wanted) and int(wanted) != n:
                raise ValueError(
                    f"shape {np.shape(x)} where {[w and int(w) for w in shape]} was specified"
                )
        return x

    return specify_shape


@form.register(Reshape)
def reshape_form(op, node):
    """The array in another shape."""

    def reshape(x, shape):
        if not on_host(shape):
            raise needs_host(op, "a shape")
        return jnp.reshape(x, tuple(int(n) for n in shape))

    return reshape


@form.register(Alloc)
def alloc_form(op, node):
    """A value repeated to a shape."""
    return lambda x, *shape: jnp.broadcast_to(x, known(op, shape, "a shape"))


@form.register(AllocEmpty)
def alloc_empty_form(op, node):
    """An array of a shape, to be filled."""
    return lambda *shape: jnp.empty(known(op, shape, "a shape"), op.dtype)


@form.register(ARange)
def arange_form(op, node):
    """Numbers in steps."""

    def arange(start, stop, step):
        if not (on_host(start) and on_host(stop) and on_host(step)):
            raise needs_host(op, "a bound")
        return jnp.arange(start.item(), stop.item(), step.item(), dtype=op.dtype)

    return arange


@form.register(Eye)
def eye_form(op, node):
    """Ones on a diagonal."""
    return lambda *sizes: jnp.eye(*known(op, sizes, "a size"), dtype=op.dtype)


@form.register(Join)
def join_form(op, node):
    """Arrays one after the other; PyTensor 3.0 passes the axis as an input."""
    axis = getattr(op, "axis", None)

    def join(*tensors):
        if axis is None:
            (where,) = known(op, tensors[:1], "an axis")
            return jnp.concatenate([jnp.asarray(t) for t in tensors[1:]], axis=where)
        return jnp.concatenate([jnp.asarray(t) for t in tensors], axis=axis)

    return join


@form.register(Split)
def split_form(op, node):
    """An array in pieces; PyTensor 3.0 passes the axis as an input."""
    fixed_axis = getattr(op, "axis", None)

    def split(x, *rest):
        *axis, sizes = rest
        if not on_host(sizes):
            raise needs_host(op, "the sizes of the pieces")
        axis = fixed_axis if fixed_axis is not None else known(op, axis, "an axis")[0]
        if (
            len(sizes) != op.len_splits
            or sum(sizes) != np.shape(x)[axis]
            or min(sizes, default=0) < 0
        ):
            raise ValueError(f"{op.len_splits} pieces of sizes {[int(n) for n in sizes]}")
        return tuple(jnp.split(x, np.cumsum(sizes)[:-1], axis=axis))

    return split


@form.register(MakeVector)
def make_vector_form(op, node):
    """Scalars side by side."""
    return lambda *values: jnp.stack([jnp.asarray(v, op.dtype) for v in values])


@form.register(ScalarFromTensor)
@form.register(TensorFromScalar)
def scalar_form(op, node):
    """The same value."""
    return lambda x: x


@form.register(Repeat)
def repeat_form(op, node):
    """Elements one or more times each."""

    def repeat(x, repeats):
        if not on_host(repeats):
            raise needs_host(op, "the number of repeats")
        return jnp.repeat(x, np.asarray(repeats), axis=op.axis)

    return repeat


@form.register(Nonzero)
@form.register(Unique)
def refused_form(op, node):
    """Refused when the graph is compiled: the number of results is that of some values."""
    raise BackendError(
        "a construct whose shape follows from its inputs' shapes, as backend 'jax' needs",
        f"{op}, whose data-dependent shape is the number of elements that it finds",
        "Keep the shape and mask: pt.switch(mask, x, 0); or use another backend.",
    )
