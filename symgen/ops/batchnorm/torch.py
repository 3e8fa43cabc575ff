"""Batch normalisation for PyTorch; importing this file teaches it to PyTensor's PyTorch backend."""

import torch
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.ops.batchnorm.op import BatchNormTrain, BatchNormTrainGrad, _expand


@pytorch_funcify.register(BatchNormTrain)
def pytorch_funcify_batch_norm_train(op, **kwargs):
    """A function (x, gamma, beta) -> (out, mean, var)."""

    def batch_norm_train(x, gamma, beta):
        op._check_shapes(x, gamma, beta)
        axes = op.reduced_axes(x.ndim)
        var, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
        scale = op.over_inputs(gamma, x.ndim, _expand) * torch.rsqrt(var + op.epsilon)
        out = torch.addcmul(op.over_inputs(beta, x.ndim, _expand), x - mean, scale)
        return out, mean.reshape(gamma.shape), var.reshape(gamma.shape)

    return batch_norm_train


@pytorch_funcify.register(BatchNormTrainGrad)
def pytorch_funcify_batch_norm_train_grad(op, **kwargs):
    """A function (dy, x, gamma, mean, var) -> (dx, dgamma, dbeta)."""

    def batch_norm_train_grad(dy, x, gamma, mean, var):
        op._check_shapes(x, gamma, mean, var)
        axes = op.reduced_axes(x.ndim)
        count = x.numel() / max(gamma.numel(), 1)
        invstd = torch.rsqrt(var + op.epsilon)
        z = (x - op.over_inputs(mean, x.ndim, _expand)) * op.over_inputs(invstd, x.ndim, _expand)
        dbeta, dgamma = torch.sum(dy, axes), torch.sum(dy * z, axes)
        spread = dy - op.over_inputs(dbeta / count, x.ndim, _expand)
        spread = spread - z * op.over_inputs(dgamma / count, x.ndim, _expand)
        return op.over_inputs(gamma * invstd, x.ndim, _expand) * spread, dgamma, dbeta

    return batch_norm_train_grad
