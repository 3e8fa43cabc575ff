"""MRG streams for Numba; importing this file teaches them to PyTensor's Numba backend."""

from hashlib import sha256

import numpy as np
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.errors import BackendError
from symgen.ops.mrg.op import FLOAT32_NORM, FLOAT64_NORM, MRGUniform
from symgen.ops.mrg.pick import ChoiceFromUniform, MultinomialFromUniform
from symgen.ops.mrg.recurrence import M1, M2


@numba_basic.numba_njit(fastmath=False)  # the two factors are not to be merged
def _fill(state, new_state, out, count, norm, scale):
    """Draw `count` numbers into `out`, the states afterwards into `new_state`.

    `norm` and `scale` are of the dtype of `out`.
    """
    streams = state.shape[0]
    if state.shape[1] != 6 or (count > 0 and streams == 0):
        raise ValueError("expected MRG states of shape (n, 6) with n > 0")
    if count > out.size or count < 0:
        raise ValueError("the random numbers do not fit into the shape")
    for s in range(streams):
        a0, a1, a2 = np.int64(state[s, 0]), np.int64(state[s, 1]), np.int64(state[s, 2])
        b0, b1, b2 = np.int64(state[s, 3]), np.int64(state[s, 4]), np.int64(state[s, 5])
        for i in range(s, count, streams):
            a0, a1, a2 = ((a1 << 22) + a2 * 129) % M1, a0, a1
            b0, b1, b2 = ((b0 << 15) + b2 * 32769) % M2, b0, b1
            out[i] = a0 - b0 + M1 if a0 <= b0 else a0 - b0
            out[i] = out[i] * norm * scale
        new_state[s, 0], new_state[s, 1], new_state[s, 2] = a0, a1, a2
        new_state[s, 3], new_state[s, 4], new_state[s, 5] = b0, b1, b2


_UNIFORM = """
def draw({arguments}):
    if {size} > 2147483647:
        raise ValueError("a random draw of more than 2^31 - 1 numbers")
    out = np.zeros({size}, np.{dtype})
    new_state = np.empty(state.shape, np.int32)
    _fill(state, new_state, out, {count}, np.{dtype}({norm!r}), np.{dtype}({scale!r}))
    return new_state, out.reshape(({shape}))
"""


@register_funcify_and_cache_key(MRGUniform)
def numba_funcify_mrg_uniform(op, node, **kwargs):
    """A compiled function (state, [count], *shape) -> (new state, draw), and its cache's key."""
    if op.dtype == "float16":
        raise BackendError(
            "float32 or float64 draws on numba", "float16", "Draw float32 and cast, or use 'c'."
        )
    ndim = node.outputs[1].type.ndim
    names = [f"n{k}" for k in range(ndim)]
    norm = {"float32": FLOAT32_NORM, "float64": FLOAT64_NORM}[op.dtype]
    source = _UNIFORM.format(
        arguments=", ".join(["state", *["count"] * op.counted, *names]),
        size=" * ".join(f"{name}.item()" for name in names) or "1",
        shape="".join(f"{name}.item(), " for name in names),
        count="count[0]" if op.counted else "out.size",
        dtype=op.dtype,
        norm=float(norm),
        scale=op.scale,
    )
    names = {"np": np, "_fill": _fill}
    draw = compile_numba_function_src(source, "draw", names, write_to_disk=True)
    return numba_basic.numba_njit(draw), _key(op, op.dtype, op.counted, op.scale, ndim)


@numba_basic.numba_njit
def _first_above(row, u):
    """The first outcome whose cumulated probability is above u, or -1."""
    cumulated = 0.0
    for k in range(len(row)):
        cumulated += row[k]
        if cumulated > u:
            return k
    return -1


@numba_basic.numba_njit
def _count(pvals, unis, n, out):
    rows = pvals.shape[0]
    if len(unis) != rows * n:
        raise ValueError("expected rows x n uniform numbers for n draws from each row")
    for i in range(len(unis)):
        k = _first_above(pvals[i % rows], unis[i])
        if k >= 0:
            out[i % rows, k] += 1


@numba_basic.numba_njit
def _choose(pvals, unis, n, out):
    rows = pvals.shape[0]
    if len(unis) != rows * n:
        raise ValueError("expected rows x n uniform numbers for n draws from each row")
    if n > pvals.shape[1]:
        raise ValueError("cannot draw more outcomes without replacement than there are")
    for r in range(rows):
        left = pvals[r].copy()
        for c in range(n):
            k = _first_above(left, unis[c * rows + r])
            out[r, c] = k
            if k >= 0:
                left[k] = 0
                total = 0.0
                for value in left:
                    total += value
                if total != 0:
                    for j in range(len(left)):
                        left[j] = left[j] / left.dtype.type(total)


_PICK = """
def pick(pvals, unis, n):
    out = np.zeros((pvals.shape[0], {columns}), np.{dtype})
    {walk}(pvals, unis, n.item(), out)
    return out
"""


def _pick(op, node, walk, columns):
    dtype = node.outputs[0].type.dtype
    source = _PICK.format(columns=columns, dtype=dtype, walk=walk.__name__)
    names = {"np": np, walk.__name__: walk}
    pick = compile_numba_function_src(source, "pick", names, write_to_disk=True)
    dtypes = [v.type.dtype for v in node.inputs]
    return numba_basic.numba_njit(pick), _key(op, dtype, *dtypes)


@register_funcify_and_cache_key(MultinomialFromUniform)
def numba_funcify_multinomial_from_uniform(op, node, **kwargs):
    """A compiled function (pvals, unis, n) -> counts, and the key of its cache."""
    return _pick(op, node, _count, "pvals.shape[1]")


@register_funcify_and_cache_key(ChoiceFromUniform)
def numba_funcify_choice_from_uniform(op, node, **kwargs):
    """A compiled function (pvals, unis, n) -> outcomes, and the key of its cache."""
    return _pick(op, node, _choose, "n.item()")


def _key(op, *settings):
    return sha256(str((type(op), *settings, 2)).encode()).hexdigest()
