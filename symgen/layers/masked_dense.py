"""The dense layer some of whose weights are held at zero, and the masks of autoregressive networks.

In an autoregressive network each unit has a degree: the number of inputs, in their order, that it
may depend on. Input ``d`` of ``D`` has degree ``d`` (from 1), an input that all may depend on
(context) degree 0, a hidden unit anything from 0 to ``D - 1``, and output ``d`` degree ``d``, of
which it sees those strictly below. Masks between such degrees make output ``d`` a function of the
inputs before ``d`` alone.

>>> inputs, hidden = [1, 2, 3], spread_degrees(4, 1, 2)
>>> hidden
array([1, 1, 2, 2])
>>> reached = autoregressive_mask(inputs, hidden) @ autoregressive_mask(hidden, inputs, strict=True)
>>> reached > 0
array([[False,  True,  True],
       [False, False,  True],
       [False, False, False]])

References
----------
M. Germain, K. Gregor, I. Murray, H. Larochelle (2015). MADE: masked autoencoder for distribution
estimation. ICML. Equations 8 and 9: one hidden layer; 12 and 13: many.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from symgen.errors import RangeError, ShapeError
from symgen.initializers import glorot_uniform, zeros
from symgen.layers.dense import Dense


class MaskedDense(Dense):
    """Dense layer with some weights at zero: ``activation(x (W * mask) + b)``.

    Parameters
    ----------
    input_dim, output_dim : int >= 1
    mask : array or symbolic matrix, shape (input_dim, output_dim)
        0 where an output must not see an input, else 1. A shared variable can be given another
        mask later.
    activation, W, b, rng, name, dtype
        See :class:`~symgen.layers.Dense`. Where the mask is 0, ``W`` has values of no effect and
        no gradient.

    Attributes
    ----------
    mask : matrix, shape (input_dim, output_dim), of the parameters' dtype

    Raises
    ------
    ShapeError
        A mask of another shape.
    RangeError
        An array with other values than 0 and 1.
    RangeError, DtypeError, ShapeError, UnknownNameError
        What :class:`~symgen.layers.Dense` raises.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> MaskedDense(3, 2, [[1, 0], [1, 1], [0, 1]], "relu", rng=rng, name="hidden")
    MaskedDense(3 -> 2, relu, name='hidden')
    """

    def __init__(
        self,
        input_dim,
        output_dim,
        mask,
        activation="linear",
        W=glorot_uniform,
        b=zeros,
        *,
        rng,
        name="masked_dense",
        dtype=None,
    ):
        super().__init__(input_dim, output_dim, activation, W, b, rng=rng, name=name, dtype=dtype)
        self.mask = _checked_mask(mask, (self.input_dim, self.output_dim), self.W.dtype)

    @property
    def weights(self):
        """What an input is multiplied by: ``W * mask``."""
        return self.W * self.mask


def autoregressive_mask(degrees_in, degrees_out, strict=False):
    """Mask between two layers of units that have degrees, float64 of 0 and 1.

    Parameters
    ----------
    degrees_in : sequence of int, shape (inputs,)
    degrees_out : sequence of int, shape (outputs,)
    strict : bool
        Between hidden units a unit sees degrees up to its own (equation 12); an output, `strict`,
        those below its own (equation 13).

    Returns
    -------
    float64 array of shape (inputs, outputs)
    """
    degrees_in, degrees_out = np.asarray(degrees_in)[:, None], np.asarray(degrees_out)[None, :]
    seen = degrees_in < degrees_out if strict else degrees_in <= degrees_out
    return seen.astype("float64")


def spread_degrees(n, least, most):
    """Degrees of `n` hidden units, ascending and as evenly spread from `least` to `most` as can be.

    Returns
    -------
    int64 array of shape (n,)

    Raises
    ------
    RangeError
        When `most` is below `least`.
    """
    if most < least:
        raise RangeError(
            f"a largest degree of at least {least}",
            f"{most}",
            "One input alone has nothing to depend on: give it context, or hidden degree 0.",
        )
    return least + np.arange(n) * (most - least + 1) // n


def _checked_mask(mask, shape, dtype):
    if not isinstance(mask, Variable):
        mask = np.asarray(mask)
        if not np.isin(mask, (0, 1)).all():
            raise RangeError(
                "a mask of 0 and 1", "other values", "Put 1 where a weight is kept, else 0."
            )
        mask = pt.constant(mask.astype(dtype))
    known = mask.type.shape
    if len(known) != 2 or any(n not in (None, m) for n, m in zip(known, shape, strict=True)):
        raise ShapeError(
            f"a mask of shape {shape}, one number for each weight",
            f"{known}",
            "Give it the shape (inputs, outputs).",
        )
    return mask.astype(dtype)
