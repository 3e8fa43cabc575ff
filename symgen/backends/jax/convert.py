"""From a graph to a function of JAX arrays.

The function is run by JAX's tracing, once for each combination of input shapes. What depends on
shapes and constants only is computed there and then, in NumPy, by each Op's own ``perform``; so
shapes stay numbers. The rest goes through the Op's form: symgen's for JAX, else PyTensor's.
"""

from functools import singledispatch

import jax
import jax.numpy as jnp
import numpy as np
from pytensor.graph.basic import Constant
from pytensor.link.jax.dispatch.basic import jax_funcify
from pytensor.tensor.basic import Alloc, AllocEmpty, ARange, Eye
from pytensor.tensor.elemwise import Elemwise

from symgen.backends.jax.masked import Count, Masked
from symgen.errors import BackendError, ShapeError, SymgenError

# More elements than a shape or an index would have: arrays beyond that are computed by XLA.
HOST_LIMIT = 1024


@singledispatch
def form(op, node):
    """A function of the node's input values that returns its output or a tuple of them.

    Values are NumPy arrays where they are known while tracing, else JAX arrays.
    """
    return pytensor_form(op, node)


def pytensor_form(op, node):
    """The form that PyTensor, or a folder of :mod:`symgen.ops`, has for an Op."""
    function = jax_funcify(op, node=node)

    def call(*values):
        # PyTensor's forms take an axis, or a number of steps, as a Python number.
        return function(*map(_plain, values))

    return call


def _plain(value):
    if (
        isinstance(value, np.ndarray | np.generic)
        and not np.ndim(value)
        and value.dtype.kind in "iub"
    ):
        return value.item()
    return value


def on_host(value):
    """Whether a value is known while tracing."""
    return not isinstance(value, jax.Array | Masked | Count)


# Ops that are not run in NumPy though all their inputs are known: their output is a device's, or
# they have an effect each time the program runs.
DEVICE_ONLY = []


def convert(fgraph):
    """Return ``function(*inputs) -> list of outputs`` of a graph.

    Raises
    ------
    BackendError
        When an Op has no form.
    """
    place = {}
    constants = []
    for variable in fgraph.inputs:
        place.setdefault(variable, len(place))
    n_inputs = len(fgraph.inputs)
    steps = []

    def slot(variable):
        if variable not in place:
            place[variable] = len(place)
            if isinstance(variable, Constant):
                constants.append((place[variable], variable.data))
        return place[variable]

    for node in fgraph.toposort():
        inputs = [slot(v) for v in node.inputs]
        run = _runner(node)
        steps.append((run, inputs, [slot(v) for v in node.outputs]))
    outputs = [slot(v) for v in fgraph.outputs]

    def function(*values):
        env = [None] * len(place)
        env[:n_inputs] = values
        for k, data in constants:
            env[k] = data
        for run, inputs, results in steps:
            for k, value in zip(results, run([env[i] for i in inputs]), strict=True):
                env[k] = value
        return [env[k] for k in outputs]

    return function


def _runner(node):
    op = node.op
    try:
        function = form(op, node)
    except NotImplementedError as error:
        raise BackendError(
            "an Op with a form for backend 'jax'",
            f"{op} ({type(op).__module__}.{type(op).__name__}): {_first_line(error)}",
            "Use another backend for this function, or write it with other Ops.",
        ) from error
    dtypes = [getattr(v.type, "dtype", None) for v in node.outputs]
    may_run_here = hasattr(op, "perform") and not isinstance(op, tuple(DEVICE_ONLY))

    def run(values):
        if values and may_run_here and all(map(on_host, values)) and _is_small(op, values):
            return _perform(node, values)
        try:
            if any(isinstance(v, Masked | Count) for v in values):
                results = run_masked(op, function, values)
            else:
                results = function(*values)
        except SymgenError:
            raise
        except jax.errors.ConcretizationTypeError as error:
            raise needs_host(op, "an argument of it") from error
        except (TypeError, ValueError, ZeroDivisionError) as error:
            raise ShapeError(
                f"shapes and dtypes that fit {op} on backend 'jax'",
                f"{', '.join(map(_describe, values))}: {_first_line(error)}",
                "Look at the inputs of this Op: their shapes are those of this call.",
            ) from error
        if not isinstance(results, tuple | list):
            results = (results,)
        return [_in_dtype(value, dtype) for value, dtype in zip(results, dtypes, strict=True)]

    return run


def run_masked(op, function, values):
    """Run a form on selections ``x[mask]`` without gathering them."""
    handler = masked_form.dispatch(type(op))
    if handler is None:
        raise needs_host(op, "x[mask], a boolean mask")
    return handler(op, function, values)


class masked_form:  # noqa: N801 - a table that reads like functools.singledispatch
    """``handler(op, function, values)`` by Op, for values some of which are selections."""

    _table = {}

    @classmethod
    def register(cls, *kinds):
        """Decorator: the handler of some Ops."""

        def add(handler):
            for kind in kinds:
                cls._table[kind] = handler
            return handler

        return add

    @classmethod
    def dispatch(cls, kind):
        """The handler of an Op's class, or None."""
        return next((cls._table[k] for k in kind.__mro__ if k in cls._table), None)


def needs_host(op, what):
    """The error of a shape that is computed from data."""
    return BackendError(
        "shapes that follow from the inputs' shapes and integer arguments, as backend 'jax' needs"
        f" for {op}",
        f"{what} that is computed from data: a data-dependent shape",
        "Pass it as an integer argument of the function, or keep the shape and mask: "
        "pt.switch(mask, x, 0).",
    )


def _perform(node, values):
    """Run an Op in NumPy."""
    arguments = []
    for value, variable in zip(values, node.inputs, strict=True):
        dtype = getattr(variable.type, "dtype", None)
        if dtype is not None and value is not None:
            value = np.asarray(value, dtype=dtype)
            if type(variable.type).__name__ == "ScalarType":
                value = value[()]
        arguments.append(value)
    cells = [[None] for _ in node.outputs]
    if isinstance(node.op, Elemwise):
        node.op.prepare_node(node, None, None, "py")
    node.op.perform(node, arguments, cells)
    return [cell[0] for cell in cells]


def _is_small(op, values):
    if isinstance(op, AllocEmpty):
        return False
    if isinstance(op, Alloc):
        return np.prod([int(n) for n in values[1:]], dtype=object) <= HOST_LIMIT
    if isinstance(op, ARange):
        start, stop, step = (float(v) for v in values)
        return (stop - start) / (step or 1) <= HOST_LIMIT
    if isinstance(op, Eye):
        return int(values[0]) * int(values[1]) <= HOST_LIMIT
    return all(np.size(v) <= HOST_LIMIT for v in values)


def _in_dtype(value, dtype):
    if isinstance(value, Masked):
        return Masked(_in_dtype(value.values, dtype), value.mask)
    if dtype is None or not hasattr(value, "dtype") and not np.isscalar(value):
        return value
    if on_host(value):
        return np.asarray(value, dtype)
    return value if value.dtype == dtype else value.astype(dtype)


def _describe(value):
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        return f"{value.dtype} of shape {np.shape(value)}"
    return repr(value)[:60]


def _first_line(error):
    return next(iter(str(error).splitlines()), type(error).__name__)[:300]


def as_jax(value, variable):
    """A value as a JAX array of its variable's dtype."""
    return jnp.asarray(value, getattr(variable.type, "dtype", None))
