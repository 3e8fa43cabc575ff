"""Normalisation over a batch with gradient, as Ops in NumPy and C.

References
----------
S. Ioffe, C. Szegedy (2015). Batch normalization: accelerating deep network training by reducing
internal covariate shift. Algorithm 1, and the gradients of section 3.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, grad
from pytensor.graph.basic import Apply
from pytensor.graph.replace import clone_replace
from pytensor.link.c.op import COp

from symgen.errors import DtypeError, ShapeError
from symgen.ops.batchnorm.c import SUPPORT_CODE, grad_code, train_code


class _OverBatch(COp):
    """What the two Ops share: the kept axes ``first`` to ``after - 1``, all others summed over."""

    __props__ = ("first", "after", "epsilon")

    def __init__(self, first, after, epsilon):
        self.first, self.after, self.epsilon = int(first), int(after), float(epsilon)

    def reduced_axes(self, ndim):
        """The axes that the statistics are taken over."""
        return tuple(k for k in range(ndim) if not self.first <= k < self.after)

    def over_inputs(self, params, ndim, dimshuffle):
        """An array of the kept axes made to broadcast against the inputs, by `dimshuffle`."""
        pattern = [k - self.first if self.first <= k < self.after else "x" for k in range(ndim)]
        return dimshuffle(params, pattern)

    def _checked(self, full, kept):
        full, kept = [[pt.as_tensor_variable(v) for v in group] for group in (full, kept)]
        dtypes = sorted({v.type.dtype for v in (*full, *kept)})
        if dtypes not in (["float32"], ["float64"]):
            raise DtypeError(
                "inputs all float32 or all float64", ", ".join(dtypes), "Cast them to one dtype."
            )
        ndim = full[0].type.ndim
        if not 0 <= self.first <= self.after <= ndim:
            raise ShapeError(
                f"kept axes among the {ndim} of the inputs",
                f"{self.first} to {self.after - 1}",
                "Call batch_normalization_train().",
            )
        for variables, wanted in ((full, ndim), (kept, self.after - self.first)):
            for variable in variables:
                if variable.type.ndim != wanted:
                    raise ShapeError(
                        f"{wanted} dimensions", f"{variable.type}", "Drop the normalised axes."
                    )
        return full, kept

    def _check_shapes(self, x, *kept):
        wanted = x.shape[self.first : self.after]
        for array in kept:
            if array.shape != wanted:
                raise ValueError(
                    f"batch normalisation expected parameters of the kept axes' shape {wanted}; "
                    f"got {array.shape}"
                )

    def c_support_code(self, **kwargs):
        """The loops in C."""
        return SUPPORT_CODE

    def c_headers(self, **kwargs):
        """For the square root, and room for the rows of one kept place."""
        return ["<cmath>", "<vector>"]

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (2,)


class BatchNormTrain(_OverBatch):
    """Normalise by the batch's own statistics: ``out, mean, var = op(x, gamma, beta)``.

    ``out = (x - mean) / sqrt(var + epsilon) * gamma + beta``, with the mean and the (biased)
    variance of x over all axes but ``first`` to ``after - 1``.

    Parameters
    ----------
    first, after : int
        The kept axes are ``range(first, after)``.
    epsilon : float
        Added to the variance.
    """

    def make_node(self, x, gamma, beta):
        """Inputs: x, and gamma and beta of the kept axes; float32 or float64, all the same."""
        (x,), (gamma, beta) = self._checked([x], [gamma, beta])
        statistic = x.type.clone(shape=x.type.shape[self.first : self.after])
        return Apply(self, [x, gamma, beta], [x.type(), statistic(), statistic()])

    def infer_shape(self, *arguments):
        """Shapes of the outputs; PyTensor 3.0 passes (fgraph, node, shapes), 3.3 drops fgraph."""
        x = arguments[-1][0]
        kept = tuple(x[self.first : self.after])
        return [x, kept, kept]

    def perform(self, node, inputs, outputs):
        """In NumPy."""
        x, gamma, beta = inputs
        self._check_shapes(x, gamma, beta)
        axes = self.reduced_axes(x.ndim)
        mean = x.mean(axes, keepdims=True)
        var = np.square(x - mean).mean(axes, keepdims=True)
        scale = self.over_inputs(gamma, x.ndim, _expand) / np.sqrt(var + x.dtype.type(self.epsilon))
        outputs[0][0] = (x - mean) * scale + self.over_inputs(beta, x.ndim, _expand)
        outputs[1][0] = mean.reshape(gamma.shape)
        outputs[2][0] = var.reshape(gamma.shape)

    def pullback(self, inputs, outputs, cotangents):
        """Gradients of all three outputs, each where it is used."""
        x, gamma, _ = inputs
        _, mean, var = outputs
        by_out, by_mean, by_var = [
            None if isinstance(g.type, DisconnectedType) else g for g in cotangents
        ]
        if by_out is None:
            dx, dgamma, dbeta = x.zeros_like(), gamma.zeros_like(), gamma.zeros_like()
        else:
            op = BatchNormTrainGrad(self.first, self.after, self.epsilon)
            dx, dgamma, dbeta = op(by_out, x, gamma, mean, var)
        count = _count(x, self.reduced_axes(x.type.ndim))
        if by_mean is not None:
            dx = dx + self.over_inputs(by_mean / count, x.type.ndim, _shuffle)
        if by_var is not None:
            centred = x - self.over_inputs(mean, x.type.ndim, _shuffle)
            dx = dx + self.over_inputs(by_var / count, x.type.ndim, _shuffle) * (
                centred + centred
            )
        return [dx, dgamma, dbeta]

    def c_code(self, node, name, inames, onames, sub):
        """One pass for the mean, one for the variance, one for the output."""
        dtype = node.inputs[0].type.dtype
        return train_code(dtype, (self.first, self.after), self.epsilon, inames, onames, sub)


class BatchNormTrainGrad(_OverBatch):
    """Gradient of :class:`BatchNormTrain` by its first output.

    ``dx, dgamma, dbeta = op(dy, x, gamma, mean, var)``: with n numbers in each mean and
    ``z = (x - mean) / sqrt(var + epsilon)``,

    - ``dbeta = sum(dy)``, ``dgamma = sum(dy z)``,
    - ``dx = gamma / sqrt(var + epsilon) (dy - dbeta / n - z dgamma / n)``.
    """

    def make_node(self, dy, x, gamma, mean, var):
        """Inputs: dy and x of the full shape; gamma, mean and var of the kept axes."""
        (dy, x), (gamma, mean, var) = self._checked([dy, x], [gamma, mean, var])
        return Apply(self, [dy, x, gamma, mean, var], [x.type(), gamma.type(), gamma.type()])

    def infer_shape(self, *arguments):
        """Those of x and gamma."""
        shapes = arguments[-1]
        return [shapes[1], shapes[2], shapes[2]]

    def perform(self, node, inputs, outputs):
        """In NumPy."""
        dy, x, gamma, mean, var = inputs
        self._check_shapes(x, gamma, mean, var)
        if dy.shape != x.shape:
            raise ValueError(
                f"batch normalisation expected inputs of shape {dy.shape}; got {x.shape}"
            )
        dx, dgamma, dbeta = self._formula(dy, x, gamma, mean, var, np, _expand)
        outputs[0][0], outputs[1][0], outputs[2][0] = dx, dgamma, dbeta

    def _formula(self, dy, x, gamma, mean, var, maths, dimshuffle):
        """The gradient in NumPy or as a graph, by the module of its functions."""
        axes = self.reduced_axes(x.ndim)
        count = np.asarray(x.size / max(gamma.size, 1), x.dtype) if maths is np else _count(x, axes)
        invstd = 1 / maths.sqrt(var + np.asarray(self.epsilon, var.dtype))
        z = (x - self.over_inputs(mean, x.ndim, dimshuffle)) * self.over_inputs(
            invstd, x.ndim, dimshuffle
        )
        dbeta, dgamma = maths.sum(dy, axis=axes), maths.sum(dy * z, axis=axes)
        spread = dy - self.over_inputs(dbeta / count, x.ndim, dimshuffle)
        spread = spread - z * self.over_inputs(dgamma / count, x.ndim, dimshuffle)
        return self.over_inputs(gamma * invstd, x.ndim, dimshuffle) * spread, dgamma, dbeta

    def pullback(self, inputs, outputs, cotangents):
        """Second derivatives, as an ordinary graph, which can be differentiated again."""
        # Of copies of the inputs, so that none is seen as a function of another.
        copies = [v.type() for v in inputs]
        cost, replaced = 0, dict(zip(copies, inputs, strict=True))
        for value, g in zip(self._formula(*copies, pt, _shuffle), cotangents, strict=True):
            if not isinstance(g.type, DisconnectedType):
                weight = g.type()
                replaced[weight] = g
                cost = cost + pt.sum(value * weight)
        gradients = grad(
            cost, copies, disconnected_inputs="ignore", return_disconnected="zero"
        )
        return clone_replace(gradients, replace=replaced)

    def c_code(self, node, name, inames, onames, sub):
        """One pass for the two sums, one for dx."""
        dtype = node.inputs[0].type.dtype
        return grad_code(dtype, (self.first, self.after), self.epsilon, inames, onames, sub)


def _expand(array, pattern):
    return array.reshape([1 if k == "x" else array.shape[k] for k in pattern])


def _shuffle(variable, pattern):
    return variable.dimshuffle(pattern)


def _count(x, axes):
    """How many numbers a mean over `axes` is of, in the dtype of x; a constant if known."""
    known = [x.type.shape[k] for k in axes]
    if None not in known:
        return pt.constant(np.asarray(np.prod(known), x.type.dtype))
    count = 1
    for k in axes:
        count = count * x.shape[k]
    return pt.cast(count, x.type.dtype)
