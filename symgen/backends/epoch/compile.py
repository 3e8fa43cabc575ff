"""Compile a training step such that one call runs many of them."""

import importlib

import numpy as np
from pytensor.graph.basic import Variable

from symgen.backends.epoch.stepwise import compile_stepwise
from symgen.backends.function import as_pairs, with_updates_of_draws
from symgen.backends.select import given_device, resolve, select
from symgen.errors import DtypeError, ShapeError

# Backends that run the loop over the steps themselves.
_OWN_LOOP = ("jax", "torch")


def compile_epoch(
    index, outputs, updates=None, givens=None, *, backend=None, device=None, draw_anew=True, name=None
):
    """Compile a training step into a function that runs one step for each index it is given.

    It computes what a loop over a function of one index computes, to the same bits on one backend,
    without leaving the backend between the steps: JAX scans the step inside one program whose
    parameters are donated, PyTorch keeps everything on the device, C and Numba run the compiled
    step on trusted inputs.

    Parameters
    ----------
    index : integer scalar or vector variable
        Number of a minibatch, or the rows that make one up.
    outputs : variable or sequence of variables
        What each step returns: the loss, for example.
    updates, givens : dict or pairs, optional
        As for :func:`symgen.function`.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    draw_anew : bool
        As for :func:`symgen.function`.
    name : str, optional
        For profiles and error messages.

    Returns
    -------
    callable
        ``epoch(indices)`` with an integer array of one dimension more than `index`, step by step
        along the first axis, returns a list of arrays, one for each output (one array if `outputs`
        is a variable), with the steps along the first axis.

    Raises
    ------
    DtypeError, ShapeError
        For an index that is not an integer scalar or vector, at compile time; for indices of
        another dtype or number of dimensions, before the first step.
    BackendError
        For a construct that the backend cannot run.

    Examples
    --------
    >>> import numpy as np, pytensor, pytensor.tensor as pt
    >>> i, w = pt.lscalar("i"), pytensor.shared(0.0, name="w")
    >>> run = compile_epoch(i, w, updates={w: w + i}, backend="py")
    >>> run(np.array([1, 2, 3])), float(w.get_value())
    (array([0., 1., 3.]), 6.0)
    """
    if not isinstance(index, Variable) or not index.dtype.startswith(("int", "uint")):
        raise DtypeError("an integer variable as index", f"{index}", "Use pytensor.tensor.lscalar().")
    if index.ndim > 1:
        raise ShapeError("a scalar or a vector as index", f"{index.type}", "Use lscalar or lvector.")
    single = isinstance(outputs, Variable)
    outputs = [outputs] if single else list(outputs)
    updates, givens = as_pairs(updates), as_pairs(givens)
    if draw_anew:
        updates = with_updates_of_draws([index], outputs, updates, givens)
    mode = select(backend, device)
    chosen = resolve(backend, device)
    if chosen in _OWN_LOOP:
        loop = importlib.import_module(f"symgen.backends.{chosen}.epoch")
        steps = loop.compile_epoch(index, outputs, updates, givens, given_device(device), name=name)
    else:
        steps = compile_stepwise(index, outputs, updates, givens, mode, name)
    return Epoch(index, steps, single)


class Epoch:
    """What :func:`compile_epoch` returns."""

    def __init__(self, index, steps, single):
        self._ndim, self._dtype, self._steps, self._single = index.ndim + 1, index.dtype, steps, single

    def __call__(self, indices):
        """Run one step for each of `indices`; see :func:`compile_epoch`."""
        results = self._steps(self._checked(indices))
        return results[0] if self._single else results

    def _checked(self, indices):
        indices = given = np.asarray(indices)
        if indices.dtype.kind in "iu" or not indices.size:
            indices = indices.astype(self._dtype)
        if indices.dtype != self._dtype or not np.array_equal(indices, given):
            raise DtypeError(
                f"indices of dtype {self._dtype}",
                f"{given.dtype.name} from {given.min()} to {given.max()}",
                "Pass an integer array.",
            )
        if indices.ndim != self._ndim:
            raise ShapeError(
                f"indices of {self._ndim} dimensions, the steps along the first",
                f"shape {indices.shape}",
                "Pass np.arange(steps), or one row of indices for each step.",
            )
        return indices
