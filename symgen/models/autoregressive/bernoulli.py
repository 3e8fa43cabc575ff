"""Independent pixels: the baseline that every other model has to beat."""

import numpy as np
import pytensor.tensor as pt

from symgen import config
from symgen.models.autoregressive.autoregressive import AutoregressiveVectors
from symgen.models.parameters import parameter
from symgen.models.validation import check_matrix, positive_int


class IndependentBernoulli(AutoregressiveVectors):
    """``p(x) = prod_i p_i^{x_i} (1 - p_i)^{1 - x_i}``: no number knows of another.

    Smoothed frequencies are the best that ``b`` can say: ``initialize`` with all training examples
    is the whole training.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    seed : int
        Of no effect on its first values, which are 0: every probability one half.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    b : shared variable, shape (input_dim,)
        Logits.

    Raises
    ------
    RangeError
        For a size below 1.
    """

    name = "bernoulli"

    def __init__(self, input_dim, seed=0, dtype=None):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.seed, self.dtype = seed, dtype or config.floatx()
        self.b = parameter("b", np.zeros(self.input_dim), self.dtype)

    @property
    def params(self):
        """``[b]``."""
        return [self.b]

    @property
    def output_bias(self):
        """``b``."""
        return self.b

    def logits(self, x):
        """Logits of ``p(x_i = 1)``, shape (batch, input_dim): the same in every row."""
        check_matrix(x, self.input_dim, "the model")
        return pt.zeros_like(x).astype(self.dtype) + self.b

    def from_uniform(self, u):
        """All numbers at once: 1 where ``u_i < p_i``."""
        return (u < pt.sigmoid(self.b)).astype(self.dtype)
