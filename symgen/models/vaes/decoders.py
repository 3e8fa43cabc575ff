"""What a decoder says of x: ``log p(x | z)`` from the features that the decoder network makes of z.

Each is a description, such as ``GaussianDecoder(min_variance=1e-3)``, that a VAE is given as
``likelihood=``; the VAE keeps a copy that owns the output layers.
"""

import copy

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import activations, losses
from symgen.errors import RangeError
from symgen.models.described import Described


class Decoder(Described):
    """Base: ``build`` makes the output layers, ``log_prob`` and ``mean`` use them.

    Attributes
    ----------
    value_range : (float, float) or None
        Interval of the data for which ``log_prob`` has a meaning.
    of_bits : bool
        Whether ``log_prob`` is a log probability for x of 0 and 1 only, and a mean of such between.
    params : list of shared variables
    """

    value_range = None
    of_bits = False
    params = ()

    def build(self, head, dtype):
        """A copy with its own layers; ``head(name)`` makes one, from features to ``input_dim`` numbers."""
        built = copy.copy(self)
        built._make(head, dtype)
        return built


class BernoulliDecoder(Decoder):
    """``log p(x | z) = sum_i x_i log p_i + (1 - x_i) log(1 - p_i)`` for x in [0, 1].

    For grey levels this is the expectation over binary images drawn with these levels as
    probabilities: a bound made of it is one on the expected log probability of images
    binarised so, and no density of the grey levels themselves.

    References
    ----------
    D. P. Kingma, M. Welling (2014). Auto-encoding variational Bayes. Equation 11.
    """

    value_range = (0.0, 1.0)
    of_bits = True

    def __init__(self):
        pass

    def _make(self, head, dtype):
        self.logits = head("logits")
        self.params = list(self.logits.params)

    def mean(self, features):
        """Probabilities ``p(x_i = 1 | z)``, shape (batch, input_dim)."""
        return activations.sigmoid(self.logits(features))

    def log_prob(self, x, features):
        """``log p(x | z)`` of each example in nats, shape (batch,)."""
        logits = self.logits(features)
        logits.name = "logits"
        return -losses.binary_cross_entropy_with_logits(logits, x)


class GaussianDecoder(Decoder):
    """``x_i | z ~ N(mu_i(z), v_i(z))`` with both mean and variance made by the network.

    Parameters
    ----------
    min_variance : float > 0
        Variances are at least this, in squared units of the data: ``v = min_variance +
        softplus(a)``. Without such a floor the density of a number that never changes, such as a
        pixel that is always 0, has no maximum.

    References
    ----------
    Kingma and Welling (2014). Equation 12.
    """

    def __init__(self, min_variance=1e-3):
        self.min_variance = _positive(min_variance, "min_variance")

    def _make(self, head, dtype):
        self.mu, self.raw_variance = head("mu"), head("raw_variance")
        self.params = [*self.mu.params, *self.raw_variance.params]
        self._floor = np.asarray(self.min_variance, dtype)

    def mean(self, features):
        """``mu(z)``, shape (batch, input_dim)."""
        return self.mu(features)

    def log_prob(self, x, features):
        """``log p(x | z)`` of each example in nats, shape (batch,)."""
        variance = self._floor + pt.softplus(self.raw_variance(features))
        return losses.gaussian_log_prob(x, self.mu(features), pt.log(variance))


class SphericalGaussianDecoder(Decoder):
    """``x | z ~ N(mu(z), v I)`` with one variance for all numbers and examples.

    Parameters
    ----------
    variance : float > 0
        In squared units of the data; the first value where it is learned.
    learned : bool
        Whether training changes the variance (its logarithm is a parameter), or it stays fixed.

    References
    ----------
    O. Rybkin, K. Daniilidis, S. Levine (2021). Simple and effective VAE training with calibrated
    decoders. Section 3: a shared variance learned with the network.
    """

    def __init__(self, variance=1.0, learned=False):
        self.variance, self.learned = _positive(variance, "variance"), bool(learned)

    def _make(self, head, dtype):
        self.mu = head("mu")
        first = np.asarray(np.log(self.variance), dtype)
        self.log_var = pytensor.shared(first, name="decoder.log_var") if self.learned else first
        self.params = [*self.mu.params, *([self.log_var] if self.learned else [])]

    def mean(self, features):
        """``mu(z)``, shape (batch, input_dim)."""
        return self.mu(features)

    def log_prob(self, x, features):
        """``log p(x | z)`` of each example in nats, shape (batch,)."""
        mu = self.mu(features)
        return losses.gaussian_log_prob(x, mu, pt.zeros_like(mu) + self.log_var)


def _positive(value, name):
    if not (np.isfinite(value) and value > 0):
        raise RangeError(f"{name} to be a finite number above 0", repr(value), "Use 1, say.")
    return float(value)
