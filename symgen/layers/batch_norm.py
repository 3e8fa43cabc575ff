"""Batch normalisation with running statistics."""

from collections import OrderedDict

from symgen import config
from symgen.errors import RangeError, ShapeError
from symgen.initializers import ones, zeros
from symgen.layers.parameters import checked_input, dimension, parameter
from symgen.ops.batchnorm import batch_normalization_test, batch_normalization_train


class BatchNorm:
    """Each feature or channel brought to mean ``beta`` and standard deviation ``gamma``.

    ``(x - mean) / sqrt(var + epsilon) * gamma + beta``: in the training form with mean and
    variance of the minibatch (over rows and columns too where there are), else with their running
    averages.

    Parameters
    ----------
    channels : int >= 1
        Length of axis 1: features of a matrix, channels of images.
    epsilon : float >= 1e-5
    running_average_factor : float in [0, 1]
        Weight of the newest minibatch in the running averages.
    gamma, beta : str or callable
        First values, as for :class:`symgen.layers.Dense`.
    rng : numpy.random.Generator, optional
        Where they come from, if they are drawn.
    name, dtype
        As for :class:`symgen.layers.Dense`.

    Attributes
    ----------
    gamma, beta : shared variables, shape (channels,)
    mean, var : shared variables, shape (channels,)
        The running averages, of the unbiased variance; they begin at 0 and 1.

    Raises
    ------
    RangeError, DtypeError
        For a size, `epsilon` or factor that cannot be.

    References
    ----------
    S. Ioffe, C. Szegedy (2015). Batch normalization: accelerating deep network training by reducing
    internal covariate shift. ICML. Algorithms 1 and 2.
    """

    def __init__(
        self,
        channels,
        epsilon=1e-5,
        running_average_factor=0.1,
        gamma=ones,
        beta=zeros,
        *,
        rng=None,
        name="batch_norm",
        dtype=None,
    ):
        self.channels = dimension(channels, "channels")
        if not epsilon >= 1e-5:
            raise RangeError("epsilon >= 1e-5", f"{epsilon}", "Pass 1e-5, the default.")
        if not 0 <= running_average_factor <= 1:
            raise RangeError(
                "running_average_factor in [0, 1]", f"{running_average_factor}", "Pass 0.1."
            )
        self.epsilon, self.running_average_factor = epsilon, running_average_factor
        self.name = name
        dtype, shape = dtype or config.floatx(), (self.channels,)
        self.gamma = parameter(f"{name}.gamma", gamma, shape, rng, dtype)
        self.beta = parameter(f"{name}.beta", beta, shape, rng, dtype)
        self.mean = parameter(f"{name}.mean", zeros, shape, None, dtype)
        self.var = parameter(f"{name}.var", ones, shape, None, dtype)

    @property
    def params(self):
        """``[gamma, beta]``."""
        return [self.gamma, self.beta]

    @property
    def buffers(self):
        """``[mean, var]``, the running averages."""
        return [self.mean, self.var]

    def __call__(self, x):
        """`x` normalised by the running averages.

        Parameters
        ----------
        x : variable, shape (batch, channels) or (batch, channels, rows, columns)

        Returns
        -------
        variable of that shape, in the dtype of the parameters

        Raises
        ------
        ShapeError, DtypeError
            When ``x`` is known to be of another shape or wider dtype.
        """
        x, axes = self._checked(x)
        return batch_normalization_test(x, *self.params, *self.buffers, axes, self.epsilon)

    def training_form(self, x, srng=None):
        """`x` normalised by the minibatch's own statistics, and the new running averages.

        Parameters
        ----------
        x : variable, shape (batch, channels) or (batch, channels, rows, columns)
            With more than one number for each channel: their variance is not defined else.
        srng : symgen.random.RandomStreams, optional
            Not drawn from.

        Returns
        -------
        variable of the shape of `x`, in the dtype of the parameters
        OrderedDict
            New value of each of :attr:`buffers`.
        """
        x, axes = self._checked(x)
        output, _, _, mean, var = batch_normalization_train(
            x, *self.params, axes, self.epsilon, self.running_average_factor, *self.buffers
        )
        return output, OrderedDict(zip(self.buffers, (mean, var), strict=True))

    def _checked(self, x):
        ndim = getattr(x, "ndim", None)
        if ndim not in (2, 4):
            raise ShapeError(
                f"an input of 2 or 4 dimensions for {self!r}",
                f"{getattr(x, 'type', x)}",
                "Give it (batch, features) or (batch, channels, rows, columns).",
            )
        shape = ("batch", self.channels, "rows", "columns")[:ndim]
        remedy = "Make the layer for as many channels as axis 1 has."
        x = checked_input(x, shape, self, self.gamma.dtype, remedy)
        return x, "per-activation" if ndim == 2 else "spatial"

    def __repr__(self):
        return f"BatchNorm({self.channels}, name={self.name!r})"
