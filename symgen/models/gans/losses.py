"""What the two networks of a GAN descend, as functions of the discriminator's outputs.

An :class:`AdversarialLoss` is three functions of the discriminator's output ``d`` for each example,
a real number (a logit where probabilities are meant), each from shape (batch,) to (batch,):
``real(d(x)) + fake(d(G(z)))`` is the discriminator's loss and ``generated(d(G(z)))`` the generator's.
:data:`ADVERSARIAL_LOSSES` has them by name.

References
----------
I. Goodfellow et al. (2014). Generative adversarial nets. NeurIPS. Equation 1 is minus the
discriminator's loss of ``minimax``; section 3 the generator's loss of ``non_saturating``.
X. Mao et al. (2017). Least squares generative adversarial networks. ICCV. Equation 9 (a = 0,
b = c = 1).
M. Arjovsky, S. Chintala, L. Bottou (2017). Wasserstein GAN. ICML. Equation 2.
I. Gulrajani et al. (2017). Improved training of Wasserstein GANs. NeurIPS. Equation 3: the penalty.
J. H. Lim, J. C. Ye (2017). Geometric GAN. arXiv:1705.02894. Section 4: the hinge.
T. Salimans et al. (2016). Improved techniques for training GANs. NeurIPS. Section 3.1: features.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen.activations import relu, softplus
from symgen.losses import squared_error


@dataclass(frozen=True)
class AdversarialLoss:
    """The discriminator's loss on data and on samples, and the generator's on samples.

    Attributes
    ----------
    real, fake, generated : callables
        From the discriminator's outputs, shape (batch,), to one value per example.
    in_nats : bool
        Whether these are cross-entropies in nats.
    sees_level : bool
        Whether a constant added to all outputs changes them; if not, an output has no bias.
    """

    real: Callable
    fake: Callable
    generated: Callable
    in_nats: bool = False
    sees_level: bool = True


def cross_entropy_of_real(d):
    """``-log D = log(1 + exp(-d))`` with ``D = sigmoid(d)``, the probability of being real."""
    return softplus(-d)


def cross_entropy_of_fake(d):
    """``-log(1 - D) = log(1 + exp(d))``."""
    return softplus(d)


def log_probability_of_fake(d):
    """``log(1 - D)``: what the generator descends in the two-player game itself."""
    return -softplus(d)


def score(d):
    """``d`` itself."""
    return d


def negative_score(d):
    """``-d``."""
    return -d


def hinge_of_real(d):
    """``max(0, 1 - d)``."""
    return relu(1 - d)


def hinge_of_fake(d):
    """``max(0, 1 + d)``."""
    return relu(1 + d)


def half_square_to_one(d):
    """``(d - 1)^2 / 2``."""
    return _half(d) * pt.sqr(d - 1)


def half_square_to_zero(d):
    """``d^2 / 2``."""
    return _half(d) * pt.sqr(d)


ADVERSARIAL_LOSSES = {
    "non_saturating": AdversarialLoss(
        cross_entropy_of_real, cross_entropy_of_fake, cross_entropy_of_real, in_nats=True
    ),
    "minimax": AdversarialLoss(
        cross_entropy_of_real, cross_entropy_of_fake, log_probability_of_fake, in_nats=True
    ),
    "wasserstein": AdversarialLoss(negative_score, score, negative_score, sees_level=False),
    "hinge": AdversarialLoss(hinge_of_real, hinge_of_fake, negative_score),
    "least_squares": AdversarialLoss(half_square_to_one, half_square_to_zero, half_square_to_one),
}


def gradient_penalty(critic, real, fake, u):
    """``(|| grad d(x) || - 1)^2`` at points between data and samples, for each example.

    Parameters
    ----------
    critic : callable
        From (batch, input_dim) to one output per example, each of its own row only.
    real, fake : matrices, shape (batch, input_dim)
    u : vector, shape (batch,)
        Where between them, in [0, 1]: ``u real + (1 - u) fake``.

    Returns
    -------
    vector, shape (batch,)
        Its gradient is a gradient of a gradient, which every operation of the critic must have.
    """
    u = u.dimshuffle(0, "x")
    between = fake + u * (real - fake)
    slope = pytensor.grad(critic(between).sum(), between)
    # The derivative of the root is infinite at 0, where a critic of rectifiers can be flat.
    tiny = np.asarray(1e-12, slope.dtype)
    return pt.sqr(pt.sqrt(pt.sqr(slope).sum(axis=1) + tiny) - 1)


def feature_matching(real, fake):
    """``|| mean f(x) - mean f(G(z)) ||^2`` for the discriminator's features, a scalar.

    Parameters
    ----------
    real, fake : matrices, shape (batch, features)
    """
    return squared_error(fake.mean(axis=0, keepdims=True), real.mean(axis=0, keepdims=True))[0]


def _half(d):
    return np.asarray(0.5, d.dtype)
