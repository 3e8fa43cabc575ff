"""What a bijector is: an invertible map between a latent vector and data, with its change of volume.

Forward goes from the latent vector ``z`` to the data ``x``; inverse comes back. Both say the natural
logarithm of the factor by which they stretch volumes, so that a density on ``z`` becomes one on
``x``: ``log p(x) = log p(z) + log |det dz/dx|`` with ``z = inverse(x)``.

References
----------
G. Papamakarios et al. (2021). Normalizing flows for probabilistic modeling and inference. JMLR 22.
Equations 1 and 3: the change of variables; 5 and 6: composition.
"""

import numpy as np
import pytensor.tensor as pt

from symgen.errors import SettingsError, ShapeError
from symgen.models.described import Described
from symgen.models.validation import check_context_matrix, check_matrix


class Bijector(Described):
    """Base of all bijectors.

    A bijector gives each argument of its constructor back as an attribute of the same name, sets
    ``dim``, and defines ``_forward(z, context)`` and ``_inverse(x, context)``, which return the
    image and the log determinant of that direction's Jacobian, shape (batch,).

    Attributes
    ----------
    dim : int
        Numbers in ``z`` and in ``x``.
    context_dim : int
        Numbers in the context that the map depends on, or 0.
    params : list of shared variables
    settings : dict
        The constructor's arguments as plain values.
    """

    context_dim = 0
    params = ()

    def forward_and_log_det(self, z, context=None):
        """Data of the latent `z`, and ``log |det dx/dz|``.

        Parameters
        ----------
        z : matrix of shape (batch, dim)
        context : matrix of shape (batch, context_dim), where the bijector has a context

        Returns
        -------
        x : matrix of shape (batch, dim)
        log_det : vector of shape (batch,), nats

        Raises
        ------
        ShapeError
            For `z` or `context` that is no such matrix.
        SettingsError
            When a context is missing, or given and not taken.
        """
        check_matrix(z, self.dim, type(self).__name__)
        check_context_matrix(context, self.context_dim, z.type.shape[0], type(self).__name__)
        return self._forward(z, context)

    def inverse_and_log_det(self, x, context=None):
        """Latent of the data `x`, and ``log |det dz/dx|``: the other way round."""
        check_matrix(x, self.dim, type(self).__name__)
        check_context_matrix(context, self.context_dim, x.type.shape[0], type(self).__name__)
        return self._inverse(x, context)

    def to_data(self, z, context=None):
        """Data of the latent `z`, shape (batch, dim)."""
        return self.forward_and_log_det(z, context)[0]

    def to_latent(self, x, context=None):
        """Latent of the data `x`, shape (batch, dim)."""
        return self.inverse_and_log_det(x, context)[0]

    def lookers(self, x, context):
        """Bijectors in this one that look at data first, ``initialize``, and what each sees of `x`.

        Returns
        -------
        list of (Bijector, matrix)
            From the data inwards.
        z : matrix of shape (batch, dim)
        """
        here = [(self, x)] if hasattr(self, "initialize") else []
        return here, self.to_latent(x, context)


class Chain(Bijector):
    """Bijectors one after the other, the first next to the latent vector, the last to the data.

    Parameters
    ----------
    bijectors : list of Bijector, at least one

    Raises
    ------
    SettingsError
        No bijector, two parameters of one name, or contexts of several sizes.
    ShapeError
        Bijectors of several dimensions.
    """

    def __init__(self, bijectors):
        self.bijectors = list(bijectors)
        if not self.bijectors:
            raise SettingsError("at least one bijector", "none", "Pass a list of bijectors.")
        dims = sorted({bijector.dim for bijector in self.bijectors})
        if len(dims) > 1:
            raise ShapeError(
                "bijectors of one dimension", f"dimensions {dims}", "Give all the same dim."
            )
        self.dim = dims[0]
        contexts = sorted({bijector.context_dim for bijector in self.bijectors} - {0})
        if len(contexts) > 1:
            raise SettingsError(
                "one context for all bijectors",
                f"contexts of {contexts} numbers",
                "Give all the same context_dim, or 0.",
            )
        self.context_dim = contexts[0] if contexts else 0
        check_names(self.params)

    @property
    def params(self):
        """Parameters of all bijectors, in their order."""
        return [param for bijector in self.bijectors for param in bijector.params]

    def lookers(self, x, context):
        """Those of all bijectors."""
        every = []
        for bijector in reversed(self.bijectors):
            here, x = bijector.lookers(x, context_of(bijector, context))
            every += here
        return every, x

    def _forward(self, z, context):
        total = 0
        for bijector in self.bijectors:
            z, log_det = bijector.forward_and_log_det(z, context_of(bijector, context))
            total = total + log_det
        return z, total

    def _inverse(self, x, context):
        total = 0
        for bijector in reversed(self.bijectors):
            x, log_det = bijector.inverse_and_log_det(x, context_of(bijector, context))
            total = total + log_det
        return x, total


def check_names(params):
    """Raise :class:`SettingsError` where two parameters have one name."""
    names = [param.name for param in params]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsError(
            "a name of its own for each parameter",
            f"{', '.join(twice)} more than once",
            "Give each bijector its name=.",
        )


def context_of(bijector, context):
    """The context for a bijector that takes one, else None."""
    return context if bijector.context_dim else None


def like(value, x):
    """A number or array as a constant in the dtype of `x`, so that nothing is upcast."""
    return pt.constant(np.asarray(value, dtype=x.dtype))


def for_each_example(log_det, x):
    """A log determinant that is the same for all examples, as a vector of shape (batch,)."""
    return log_det + pt.zeros_like(x[:, 0])
