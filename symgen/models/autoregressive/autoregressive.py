"""What all autoregressive models of binary data share: the product rule, read and drawn from."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import losses
from symgen.activations import sigmoid
from symgen.errors import EmptyDataError
from symgen.models.model import Model


class Autoregressive(Model):
    """``p(x) = prod_i p(x_i | x_1 ... x_{i-1})``, each factor a Bernoulli.

    A model of this kind defines ``logits(x)``: a matrix of the shape of `x` whose column ``i``
    is the logit of ``p(x_i = 1 | x_1 ... x_{i-1})`` and so depends on the columns before ``i``
    alone. The log probability is then exact, and a draw takes the columns one after the other.

    Data are 0 and 1. Of grey levels the sum of cross-entropies is no log probability: the
    conditions too would have to be binarised.
    """

    value_range = (0.0, 1.0)
    binary = True
    metric = "log-likelihood"
    bound = "exact"

    def log_prob(self, x, **context):
        """``log p(x)`` of each row of `x`, which holds 0 and 1: shape (batch,), in nats."""
        return losses.bernoulli_log_prob(x, self.logits(x, **context))

    def example_terms(self, x, srng=None, **context):
        """``nll``: ``-log p(x)`` of each example, shape (batch,), in nats."""
        return {"nll": -self.log_prob(x, **context)}

    def sample(self, n, srng, **context):
        """`n` exact draws from the model, 0 and 1, shape (n, input_dim).

        It is ``from_uniform`` of uniform draws; what that costs, it says.

        Parameters
        ----------
        n : int or symbolic scalar
        srng : symgen.random.RandomStreams
        """
        return self.from_uniform(srng.uniform((n, self.input_dim), dtype=self.dtype), **context)

    def from_uniform(self, u, **context):
        """The images that uniform numbers stand for: ``x_i = 1`` where ``u_i < p(x_i = 1 | x_<i)``.

        Every column costs a pass of the whole network, ``input_dim`` passes in all: the way that is
        always right. A model that can keep its state from column to column does better.

        Parameters
        ----------
        u : matrix of shape (n, input_dim), values in [0, 1)

        Returns
        -------
        matrix of shape (n, input_dim), 0 and 1, in the dtype of the parameters
        """

        def step(i, x, u):
            p = sigmoid(self.logits(x, **context)[:, i])
            return pt.set_subtensor(x[:, i], (u[:, i] < p).astype(self.dtype))

        x = pytensor.scan(
            step,
            sequences=pt.arange(self.input_dim),
            outputs_info=pt.zeros_like(u),
            non_sequences=u,
            return_updates=False,
        )
        return x[-1]


class AutoregressiveVectors(Autoregressive):
    """An autoregressive model in which every number has an output of its own.

    Such a model has an ``output_bias``, the shared variable of shape (input_dim,) in its logits.
    """

    def initialize(self, x):
        """Set the output's biases to what the numbers are at first sight: logits of their means.

        ``p_i = (sum of x_i + 1/2) / (n + 1)``, for 0 and 1 the mean under Jeffreys' prior, so that a
        number that is always 0 in `x` does not get probability 0.

        Parameters
        ----------
        x : array of shape (n, input_dim), values in [0, 1]
            Such as the first minibatch.

        Raises
        ------
        EmptyDataError
            Without examples.
        """
        x = np.asarray(x, "float64")
        if not len(x):
            raise EmptyDataError("at least one example", "none", "Pass the training data.")
        p = (x.sum(axis=0) + 0.5) / (len(x) + 1)
        self.output_bias.set_value(np.log(p / (1 - p)).astype(self.dtype))


def drawn(u, logit):
    """1 where the uniform `u` falls below the probability of `logit`, else 0."""
    return (u < sigmoid(logit)).astype(u.dtype)


def constant(value, dtype):
    """A number or array as a constant of that dtype."""
    return pt.constant(np.asarray(value, dtype=dtype))
