"""Batch normalisation for Numba; importing this file teaches it to PyTensor's Numba backend."""

from hashlib import sha256

import numpy as np
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.ops.batchnorm.op import BatchNormTrain, BatchNormTrainGrad


@numba_basic.numba_njit
def _train(x, gamma, beta, out, mean, var, epsilon):
    """Fill out, mean and var; x and out are seen as (outer, kept, inner), the rest as (kept,)."""
    outer, kept, inner = x.shape
    count = outer * inner
    for c in range(kept):
        total = 0.0
        for r in range(outer):
            for i in range(inner):
                total += x[r, c, i]
        m = total / count
        squares = 0.0
        for r in range(outer):
            for i in range(inner):
                squares += (x[r, c, i] - m) ** 2
        mean[c], var[c] = m, squares / count
        scale = gamma[c] / np.sqrt(squares / count + epsilon)
        for r in range(outer):
            for i in range(inner):
                out[r, c, i] = (x[r, c, i] - m) * scale + beta[c]


@numba_basic.numba_njit
def _train_grad(dy, x, gamma, mean, var, dx, dgamma, dbeta, epsilon):
    """Fill dx, dgamma and dbeta, seen as in :func:`_train`."""
    outer, kept, inner = x.shape
    count = outer * inner
    for c in range(kept):
        invstd = 1 / np.sqrt(var[c] + epsilon)
        total, products = 0.0, 0.0
        for r in range(outer):
            for i in range(inner):
                total += dy[r, c, i]
                products += dy[r, c, i] * (x[r, c, i] - mean[c])
        dbeta[c], dgamma[c] = total, products * invstd
        u = gamma[c] * invstd
        v, w = -u * invstd * invstd * products / count, -u * total / count
        for r in range(outer):
            for i in range(inner):
                dx[r, c, i] = u * dy[r, c, i] + v * (x[r, c, i] - mean[c]) + w


_SOURCE = """
def {name}({full}, {params}):
    outer, kept, inner = {outer}, {kept}, {inner}
    x_shape, kept_shape = {last}.shape, {kept_shape}
    for n in ({fulls}):
        if n != x_shape:
            raise ValueError("batch normalisation expected inputs of one shape")
    for n in ({shapes}):
        if n != kept_shape:
            raise ValueError("batch normalisation expected parameters of the kept axes' shape")
    out = np.empty((outer, kept, inner), {last}.dtype)
    first, second = np.empty(kept, {last}.dtype), np.empty(kept, {last}.dtype)
    {fill}({views}, out, first, second, {epsilon!r})
    return out.reshape(x_shape), first.reshape(kept_shape), second.reshape(kept_shape)
"""


def _form(op, node, fill, full, params):
    last, ndim = full[-1], node.inputs[0].type.ndim

    def product(axes):
        return " * ".join(f"{last}.shape[{k}]" for k in axes) or "1"

    kept = range(op.first, op.after)
    flat = [f"np.ascontiguousarray({a}).reshape((outer, kept, inner))" for a in full]
    flat += [f"np.ascontiguousarray({a}).reshape((kept,))" for a in params]
    source = _SOURCE.format(
        name="batch_norm",
        full=", ".join(full),
        params=", ".join(params),
        outer=product(range(op.first)),
        kept=product(kept),
        inner=product(range(op.after, ndim)),
        last=last,
        kept_shape="(" + "".join(f"{last}.shape[{k}], " for k in kept) + ")",
        fulls="".join(f"{a}.shape, " for a in full),
        shapes="".join(f"{a}.shape, " for a in params),
        fill=fill.__name__,
        views=", ".join(flat),
        epsilon=op.epsilon,
    )
    names = {"np": np, fill.__name__: fill}
    form = compile_numba_function_src(source, "batch_norm", names, write_to_disk=True)
    identity = (type(op), op.first, op.after, op.epsilon, ndim, node.inputs[0].type.dtype, 1)
    return numba_basic.numba_njit(form), sha256(str(identity).encode()).hexdigest()


@register_funcify_and_cache_key(BatchNormTrain)
def numba_funcify_batch_norm_train(op, node, **kwargs):
    """A compiled function (x, gamma, beta) -> (out, mean, var), and the key of its cache."""
    return _form(op, node, _train, ["x"], ["gamma", "beta"])


@register_funcify_and_cache_key(BatchNormTrainGrad)
def numba_funcify_batch_norm_train_grad(op, node, **kwargs):
    """A compiled function (dy, x, gamma, mean, var) -> (dx, dgamma, dbeta), and its key."""
    return _form(op, node, _train_grad, ["dy", "x"], ["gamma", "mean", "var"])
