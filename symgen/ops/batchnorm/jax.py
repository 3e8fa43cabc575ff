"""Batch normalisation for JAX; importing this file teaches it to PyTensor's JAX backend."""

import jax.numpy as jnp
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.ops.batchnorm.op import BatchNormTrain, BatchNormTrainGrad, _expand


@jax_funcify.register(BatchNormTrain)
def jax_funcify_batch_norm_train(op, **kwargs):
    """A function (x, gamma, beta) -> (out, mean, var)."""

    def batch_norm_train(x, gamma, beta):
        op._check_shapes(x, gamma, beta)
        axes = op.reduced_axes(x.ndim)
        mean = jnp.mean(x, axes, keepdims=True)
        centred = x - mean
        var = jnp.mean(jnp.square(centred), axes, keepdims=True)
        scale = op.over_inputs(gamma, x.ndim, _expand) / jnp.sqrt(var + x.dtype.type(op.epsilon))
        out = centred * scale + op.over_inputs(beta, x.ndim, _expand)
        return out, mean.reshape(gamma.shape), var.reshape(gamma.shape)

    return batch_norm_train


@jax_funcify.register(BatchNormTrainGrad)
def jax_funcify_batch_norm_train_grad(op, **kwargs):
    """A function (dy, x, gamma, mean, var) -> (dx, dgamma, dbeta)."""

    def batch_norm_train_grad(dy, x, gamma, mean, var):
        op._check_shapes(x, gamma, mean, var)
        axes = op.reduced_axes(x.ndim)
        count = x.dtype.type(x.size / max(gamma.size, 1))
        invstd = 1 / jnp.sqrt(var + x.dtype.type(op.epsilon))
        z = (x - op.over_inputs(mean, x.ndim, _expand)) * op.over_inputs(invstd, x.ndim, _expand)
        dbeta, dgamma = jnp.sum(dy, axes), jnp.sum(dy * z, axes)
        spread = dy - op.over_inputs(dbeta / count, x.ndim, _expand)
        spread = spread - z * op.over_inputs(dgamma / count, x.ndim, _expand)
        return op.over_inputs(gamma * invstd, x.ndim, _expand) * spread, dgamma, dbeta

    return batch_norm_train_grad
