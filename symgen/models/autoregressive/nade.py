"""NADE, the neural autoregressive distribution estimator.

References
----------
H. Larochelle, I. Murray (2011). The neural autoregressive distribution estimator. AISTATS. Equations
8 and 9 are the model, algorithm 1 is the cost and its gradient in time and memory proportional to
the number of weights.
"""

from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.builders import OpFromGraph

from symgen import config, initializers
from symgen.activations import sigmoid
from symgen.models.autoregressive.autoregressive import AutoregressiveVectors, drawn
from symgen.models.parameters import parameter
from symgen.models.validation import check_matrix, positive_int


class NADE(AutoregressiveVectors):
    """``p(x_i = 1 | x_<i) = sigmoid(b_i + V_i . h_i)``, ``h_i = sigmoid(c + sum_{j<i} x_j W_j)``.

    Parameters
    ----------
    input_dim : int
        Numbers in one example, in their order.
    hidden_dim : int
        Hidden units.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    W, V : shared variables, shape (input_dim, hidden_dim)
    b : shared variable, shape (input_dim,)
    c : shared variable, shape (hidden_dim,)

    Raises
    ------
    RangeError
        For a size below 1.
    """

    name = "nade"
    training = MappingProxyType({"optimizer": "adam", "learning_rate": 1e-3})

    def __init__(self, input_dim, hidden_dim=500, seed=0, dtype=None):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.hidden_dim = positive_int(hidden_dim, "hidden_dim")
        self.seed, self.dtype = seed, dtype or config.floatx()
        rng, shape = np.random.default_rng(seed), (self.input_dim, self.hidden_dim)
        self.W = parameter("W", initializers.glorot_uniform(shape, rng, self.dtype), self.dtype)
        self.V = parameter("V", initializers.glorot_uniform(shape, rng, self.dtype), self.dtype)
        self.b = parameter("b", np.zeros(self.input_dim), self.dtype)
        self.c = parameter("c", np.zeros(self.hidden_dim), self.dtype)

    @property
    def params(self):
        """``[W, V, b, c]``."""
        return [self.W, self.V, self.b, self.c]

    @property
    def output_bias(self):
        """``b``."""
        return self.b

    def logits(self, x):
        """Logits of ``p(x_i = 1 | x_<i)``, shape (batch, input_dim).

        Their gradient is algorithm 1's: the hidden units are not kept but worked out again on the
        way back, so that memory does not grow with ``input_dim * hidden_dim`` for each example.
        """
        check_matrix(x, self.input_dim, "NADE")
        inputs = [x.astype(self.dtype), *self.params]
        dummies = [variable.type() for variable in inputs]
        nade = OpFromGraph(dummies, [nade_logits(*dummies)], inline=True, pullback=nade_gradient)
        return nade(*inputs)

    def from_uniform(self, u):
        """Draws with the running sum ``a`` kept: ``input_dim * hidden_dim`` products each."""
        check_matrix(u, self.input_dim, "NADE")

        def step(i, a, u, W, V, b):
            x_i = drawn(u[:, i], _logit(a, V[i], b[i]))
            return a + x_i[:, None] * W[i], x_i

        _, x = pytensor.scan(
            step,
            sequences=pt.arange(self.input_dim),
            outputs_info=[_start(u, self.c), None],
            non_sequences=[u, self.W, self.V, self.b],
            strict=True,
            return_updates=False,
        )
        return x.T

    def filters(self):
        """What each hidden unit sees: ``W`` transposed, NumPy (hidden_dim, input_dim)."""
        return self.W.get_value().T


def nade_logits(x, W, V, b, c):
    """Logits of every ``x_i`` given those before it: one step of a scan each.

    Rows of the matrices are taken inside the step: as sequences of the scan their products
    would be worked out for all steps beforehand, in memory for (input_dim, batch, hidden_dim).

    Parameters
    ----------
    x : matrix of shape (batch, input_dim)
    W, V : matrices of shape (input_dim, hidden_dim)
    b, c : vectors of shape (input_dim,) and (hidden_dim,)

    Returns
    -------
    matrix of shape (batch, input_dim)
    """

    def step(i, a, x, W, V, b):
        return a + x[:, i][:, None] * W[i], _logit(a, V[i], b[i])

    _, logits = pytensor.scan(
        step,
        sequences=pt.arange(W.shape[0]),
        outputs_info=[_start(x, c), None],
        non_sequences=[x, W, V, b],
        strict=True,
        return_updates=False,
    )
    return logits.T


def nade_gradient(inputs, outputs, output_gradients):
    """Gradients by all arguments of :func:`nade_logits`, from the last number to the first.

    With ``g`` the gradient by the logits, ``a_i`` the sum before ``h_i`` and ``d_i`` the gradient
    by ``a_i``, algorithm 1 goes back by ``a_i = a_{i+1} - x_i W_i`` and
    ``d_i = d_{i+1} + g_i V_i h_i (1 - h_i)``.
    """
    x, W, V, _, c = inputs
    (g,) = output_gradients

    def step(i, a, d, x, W, V, g):
        x_i, g_i = x[:, i], g[:, i]
        dW_i, dx_i = pt.dot(x_i, d), pt.dot(d, W[i])
        a = a - x_i[:, None] * W[i]
        h = sigmoid(a)
        dV_i = pt.dot(g_i, h)
        d = d + g_i[:, None] * V[i] * h * (1 - h)
        return a, d, dW_i, dV_i, dx_i

    end = pt.dot(x, W) + c
    _, d, dW, dV, dx = pytensor.scan(
        step,
        sequences=pt.arange(W.shape[0]),
        outputs_info=[end, pt.zeros_like(end), None, None, None],
        non_sequences=[x, W, V, g],
        go_backwards=True,
        strict=True,
        return_updates=False,
    )
    return [dx[::-1].T, dW[::-1], dV[::-1], g.sum(axis=0), d[-1].sum(axis=0)]


def _start(x, c):
    """``c`` in every row."""
    return pt.zeros((x.shape[0], c.shape[0]), dtype=c.dtype) + c


def _logit(a, V_i, b_i):
    return pt.dot(sigmoid(a), V_i) + b_i
