"""``theano.tensor.nnet.bn``: batch normalisation."""

import pytensor.tensor as pt

from symgen.errors import ShapeError
from symgen.ops.batchnorm import (
    batch_normalization,
    batch_normalization_test,
    batch_normalization_train,
)
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet._stand_in import StandInOp

__all__ = [
    "AbstractBatchNormInference",
    "AbstractBatchNormTrain",
    "AbstractBatchNormTrainGrad",
    "batch_normalization",
    "batch_normalization_test",
    "batch_normalization_train",
]

__getattr__ = attribute_lookup(__name__)


class _BatchNorm(StandInOp):
    """What the three share.

    Parameters
    ----------
    axes : sequence of int
        What the statistics are taken over.

    Raises
    ------
    ShapeError
        For no axes at all.
    """

    __props__ = ("axes",)

    def __init__(self, axes=(0,)):
        self.axes = tuple(int(axis) for axis in axes)
        if not self.axes:
            raise ShapeError("at least one axis", repr(axes), "Pass (0,) for a batch.")


class AbstractBatchNormTrain(_BatchNorm):
    """``AbstractBatchNormTrain(axes)(x, scale, bias, …)``: :func:`batch_normalization_train`."""

    def make_graph(
        self,
        x,
        scale,
        bias,
        epsilon=1e-4,
        running_average_factor=0.1,
        running_mean=None,
        running_var=None,
    ):
        """Return the list of the function's outputs."""
        return list(
            batch_normalization_train(
                x,
                scale,
                bias,
                self.axes,
                _number(epsilon),
                running_average_factor,
                running_mean,
                running_var,
            )
        )


class AbstractBatchNormInference(_BatchNorm):
    """``AbstractBatchNormInference(axes)(x, scale, bias, estimated_mean, estimated_variance)``.

    It is :func:`batch_normalization_test`.
    """

    def make_graph(self, x, scale, bias, estimated_mean, estimated_variance, epsilon=1e-4):
        """Return the normalised `x`."""
        return batch_normalization_test(
            x, scale, bias, estimated_mean, estimated_variance, self.axes, _number(epsilon)
        )


class AbstractBatchNormTrainGrad(_BatchNorm):
    """``AbstractBatchNormTrainGrad(axes)(x, dy, scale, x_mean, x_invstd, epsilon=1e-4)``.

    The gradients by `x`, `scale` and the bias of what :class:`AbstractBatchNormTrain` normalises, for
    the gradient `dy` by its output; `x_mean` and `x_invstd` are that Op's.
    """

    def make_graph(self, x, dy, scale, x_mean, x_invstd, epsilon=1e-4):
        """Return the three gradients, those by scale and bias of length 1 in the axes."""
        centred = (x - x_mean) * x_invstd
        g_scale = pt.sum(dy * centred, axis=self.axes, keepdims=True)
        g_bias = pt.sum(dy, axis=self.axes, keepdims=True)
        count = pt.prod(pt.stack([x.shape[axis] for axis in self.axes]))
        count = pt.cast(count, x.dtype)
        inner = dy - g_bias / count - centred * g_scale / count
        return [scale * x_invstd * inner, g_scale, g_bias]


def _number(epsilon):
    """A float from a number or a constant."""
    if hasattr(epsilon, "type"):
        return float(pt.get_underlying_scalar_constant_value(epsilon))
    return epsilon
