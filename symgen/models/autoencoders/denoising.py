"""The denoising autoencoder: it rebuilds the input from a spoilt one.

References
----------
P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol (2008). Extracting and composing robust
features with denoising autoencoders. ICML. Equation 5: the criterion.
"""

import numpy as np

from symgen.errors import RangeError, look_up
from symgen.models.autoencoders.autoencoder import Autoencoder
from symgen.models.autoencoders.corruption import CORRUPTIONS


class DenoisingAutoencoder(Autoencoder):
    """An autoencoder that is given a spoilt input and rebuilds the whole one.

    With ``hidden_dims=()``, ``activation="sigmoid"`` and ``tied=True`` it is the dA of the deep
    learning tutorials.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, loss, code_activation, tied, penalties, seed, dtype
        See :class:`symgen.models.Autoencoder`.
    corruption : {"masking", "gaussian", "salt_and_pepper"}
        Name in :data:`symgen.models.autoencoders.corruption.CORRUPTIONS`.
    level : float
        Probability that a value is spoilt, or the standard deviation of Gaussian noise.

    Raises
    ------
    RangeError
        For a size below 1, or a level that cannot be.
    UnknownNameError
        For a name that there is none of.
    SettingsError
        For a penalty that does not fit the network.
    """

    name = "denoising_autoencoder"

    def __init__(
        self,
        input_dim,
        hidden_dims=(128,),
        latent_dim=32,
        activation="relu",
        loss="binary_cross_entropy",
        corruption="masking",
        level=0.3,
        code_activation=None,
        tied=False,
        penalties=None,
        seed=0,
        dtype=None,
    ):
        self.corruption, self.level = corruption, checked_level(corruption, level)
        super().__init__(
            input_dim, hidden_dims, latent_dim, activation, loss, code_activation, tied, penalties,
            seed, dtype,
        )  # fmt: skip

    def corrupt(self, x, srng):
        """`x` spoilt, of its shape and dtype."""
        return CORRUPTIONS[self.corruption](x, srng, self.level)

    def example_terms(self, x, srng):
        """Terms of the cost of each example, by name: the error against `x` itself, and penalties."""
        return self._terms(self.corrupt(x, srng), x)


def checked_level(corruption, level):
    """The level as a float, or a named error for one or a corruption that there is none of."""
    look_up("corruption", corruption, CORRUPTIONS)
    most = np.inf if corruption == "gaussian" else 1.0
    if not (np.isfinite(level) and 0 <= level <= most):
        what = "a standard deviation of at least 0" if most > 1 else "a probability in [0, 1]"
        raise RangeError(f"the level of {corruption} to be {what}", repr(level), "Use 0.3, say.")
    return float(level)
