"""What an autoencoder is asked beside rebuilding its input: sparse codes, codes that change little.

Each is a description such as ``L1Sparsity(0.01)`` that :class:`symgen.models.Autoencoder` is given in
``penalties=``. It has a ``name``, the term's, a ``weight``, its factor in the cost, and
``term(model, x, code)``, one value for each example.
"""

import numpy as np
import pytensor.tensor as pt

from symgen.errors import RangeError, SettingsError
from symgen.layers import Dense
from symgen.models.described import Described


class L1Sparsity(Described):
    """``sum_j |h_j|``: pulls the units of the code to 0.

    Parameters
    ----------
    weight : float >= 0
    """

    name = "l1"

    def __init__(self, weight=0.01):
        self.weight = _not_negative(weight, "weight")

    def check(self, model):
        """Fits every model."""

    def term(self, model, x, code):
        """The sum for each example, shape (batch,)."""
        return abs(code).sum(axis=1)


class KLSparsity(Described):
    """``sum_j KL(rho || rho_j)`` with ``rho_j`` the mean of unit j over the minibatch.

    ``KL(rho || r) = rho log(rho / r) + (1 - rho) log((1 - rho) / (1 - r))``. The sum belongs to the
    minibatch, and each of its examples has it as its term.

    Parameters
    ----------
    rho : float in (0, 1)
        The mean that a unit should have; the code must lie in (0, 1), behind a sigmoid.
    weight : float >= 0

    References
    ----------
    A. Ng (2011). Sparse autoencoder. CS294A lecture notes. Section 3.
    """

    name = "kl_sparsity"

    def __init__(self, rho=0.05, weight=1.0):
        if not 0 < rho < 1:
            raise RangeError("rho between 0 and 1", repr(rho), "Use 0.05, say.")
        self.rho, self.weight = float(rho), _not_negative(weight, "weight")

    def check(self, model):
        """Raise :class:`SettingsError` unless the code is that of a sigmoid."""
        activation = model.code_activation or model.activation
        if activation != "sigmoid":
            raise SettingsError(
                "a code in (0, 1) for KLSparsity, from a sigmoid",
                f"one from {activation!r}",
                "Use code_activation='sigmoid', or L1Sparsity.",
            )

    def term(self, model, x, code):
        """The minibatch's sum for each example, shape (batch,)."""
        # A mean that rounding has taken to 0 or 1 costs much, and not infinity.
        eps = np.finfo(model.dtype).eps
        low, high, rho = (np.asarray(v, model.dtype) for v in (eps, 1 - eps, self.rho))
        mean = pt.clip(code.mean(axis=0), low, high)
        kl = rho * pt.log(rho / mean) + (1 - rho) * pt.log((1 - rho) / (1 - mean))
        return kl.sum() + pt.zeros_like(code[:, 0])


class Contraction(Described):
    """``||dh/dx||^2``, the squared Frobenius norm of the encoder's Jacobian at each example.

    Parameters
    ----------
    weight : float >= 0

    References
    ----------
    S. Rifai et al. (2011). Contractive auto-encoders: explicit invariance during feature
    extraction. ICML. Equation 1: the norm; 7: the cost.
    """

    name = "contraction"

    def __init__(self, weight=0.1):
        self.weight = _not_negative(weight, "weight")

    def check(self, model):
        """Raise :class:`SettingsError` unless the encoder is made of dense layers."""
        if not all(isinstance(layer, Dense) for layer in model.encoder.layers):
            raise SettingsError(
                "an encoder of dense layers for Contraction", repr(model.encoder), "Leave it out."
            )

    def term(self, model, x, code):
        """The squared norm for each example, shape (batch,)."""
        return jacobian_norm(model.encoder.layers, x)


def jacobian_norm(layers, x):
    """``sum_ij (dh_j / dx_i)^2`` of dense layers one after the other, at each row of `x`.

    With ``s_k`` the slopes of layer k's activation the Jacobian is ``W_1 S_1 W_2 S_2 .. W_n S_n``,
    ``S = diag(s)``. Its squared norm needs only the product behind ``W_1``, of as many rows as the
    first layer has units: ``||W_1 M||^2 = sum M * (W_1' W_1 M)``. For one sigmoid layer this is
    ``sum_j (h_j (1 - h_j))^2 sum_i W_ij^2``, section 3 of Rifai et al. (2011).

    Parameters
    ----------
    layers : list of Dense
        With activations that act element by element.
    x : matrix of shape (batch, input_dim)

    Returns
    -------
    vector of shape (batch,)
    """
    slopes = []
    for layer in layers:
        before = pt.dot(x, layer.W) + layer.b
        x = layer.activation(before)
        slopes.append(pt.grad(x.sum(), before))
    first, *others = layers
    if not others:
        return pt.dot(pt.sqr(slopes[0]), pt.sqr(first.W).sum(axis=0))
    product = others[-1].W[None] * slopes[-1][:, None, :]
    for layer, slope in zip(others[-2::-1], slopes[-2:0:-1], strict=True):
        product = _times(layer.W, slope[:, :, None] * product)
    product = slopes[0][:, :, None] * product
    gram = pt.dot(first.W.T, first.W)
    return (product * _times(gram, product)).sum(axis=(1, 2))


def _times(W, product):
    """``W @ product`` for each example."""
    return pt.dot(product.dimshuffle(0, 2, 1), W.T).dimshuffle(0, 2, 1)


def _not_negative(value, name):
    if not (np.isfinite(value) and value >= 0):
        raise RangeError(f"{name} to be a finite number of at least 0", repr(value), "Use 0.1, say.")
    return float(value)
