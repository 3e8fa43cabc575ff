"""The dense layer."""

from functools import partial
from numbers import Integral

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import config
from symgen.activations import ACTIVATIONS
from symgen.errors import DtypeError, RangeError, ShapeError, look_up
from symgen.initializers import INITIALIZERS, glorot_uniform, zeros


class Dense:
    """Fully connected layer: ``activation(x W + b)``.

    Parameters
    ----------
    input_dim, output_dim : int >= 1
    activation : str or callable
        A name of ``symgen.activations.ACTIVATIONS``, or a function of a symbolic variable.
    W, b : str or callable
        A name of ``symgen.initializers.INITIALIZERS``, or an initializer.
    rng : numpy.random.Generator
        Where the first values come from.
    name : str
        The parameters are called ``<name>.W`` and ``<name>.b``.
    dtype : str, optional
        dtype of the parameters, by default ``symgen.config.floatx()``.

    Attributes
    ----------
    W : shared variable, shape (input_dim, output_dim)
    b : shared variable, shape (output_dim,)

    Raises
    ------
    RangeError
        A dimension that is not positive.
    DtypeError
        A dimension that is not an integer, or ``rng`` is not a generator.
    ShapeError
        An initializer that returns another shape.
    UnknownNameError
        An activation or initializer that is not in its table.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Dense(784, 128, "relu", rng=np.random.default_rng(1), name="encoder")
    >>> layer
    Dense(784 -> 128, relu, name='encoder')
    >>> [param.name for param in layer.params]
    ['encoder.W', 'encoder.b']
    """

    def __init__(
        self,
        input_dim,
        output_dim,
        activation="linear",
        W=glorot_uniform,
        b=zeros,
        *,
        rng,
        name="dense",
        dtype=None,
    ):
        self.input_dim = _dimension(input_dim, "input_dim")
        self.output_dim = _dimension(output_dim, "output_dim")
        self.activation = _resolve("activation", activation, ACTIVATIONS)
        self.name = name
        dtype = dtype or config.floatx()
        self.W = _parameter(f"{name}.W", W, (self.input_dim, self.output_dim), rng, dtype)
        self.b = _parameter(f"{name}.b", b, (self.output_dim,), rng, dtype)

    @property
    def params(self):
        """``[W, b]``."""
        return [self.W, self.b]

    def __call__(self, x):
        """Output for a minibatch.

        Parameters
        ----------
        x : variable, shape (batch, input_dim)
            Of a dtype that the parameters' holds.

        Returns
        -------
        variable, shape (batch, output_dim)
            In the dtype of the parameters.

        Raises
        ------
        ShapeError
            When ``x`` is not a matrix or is known to be of another width.
        DtypeError
            When ``x`` would turn the parameters' float32 into float64.
        """
        x = pt.as_tensor_variable(x)
        if x.ndim != 2 or x.type.shape[1] not in (None, self.input_dim):
            raise ShapeError(
                expected=f"an input of shape (batch, {self.input_dim}) for {self!r}",
                got=f"{x.type}",
                remedy="Flatten each example to one row, or make the layer for this width.",
            )
        dtype = self.W.dtype
        if np.result_type(x.dtype, dtype) != np.dtype(dtype):
            raise DtypeError(
                expected=f"an input whose dtype {dtype} can hold, for {self!r}",
                got=f"{x.dtype}",
                remedy=f"Cast it with x.astype('{dtype}'), or give the layer another dtype.",
            )
        return self.activation(pt.dot(x.astype(dtype), self.weights) + self.b)

    @property
    def weights(self):
        """What an input is multiplied by: ``W`` itself."""
        return self.W

    def __repr__(self):
        sizes = f"{self.input_dim} -> {self.output_dim}"
        settings = f"{sizes}, {_function_name(self.activation)}, name={self.name!r}"
        return f"{type(self).__name__}({settings})"


def _parameter(name, initializer, shape, rng, dtype):
    """A shared variable of that name and static shape, with first values from an initializer."""
    value = _resolve("initializer", initializer, INITIALIZERS)(shape, rng, dtype)
    if np.shape(value) != shape:
        raise ShapeError(
            expected=f"first values of shape {shape} for {name}",
            got=f"{np.shape(value)}",
            remedy="The initializer must return an array of the shape it is given.",
        )
    return pytensor.shared(np.asarray(value, dtype=dtype), name=name, shape=shape)


def _resolve(kind, function, table):
    """The function itself, or the one of that name in the table."""
    return function if callable(function) else look_up(kind, function, table)


def _dimension(value, name):
    if not isinstance(value, Integral):
        raise DtypeError(
            expected=f"{name} to be an integer", got=f"{value!r}", remedy="Pass an int."
        )
    if value < 1:
        raise RangeError(
            expected=f"{name} >= 1", got=f"{value}", remedy="A layer has at least one unit."
        )
    return int(value)


def _function_name(function):
    if isinstance(function, partial):
        settings = ", ".join(f"{key}={value!r}" for key, value in function.keywords.items())
        return f"{_function_name(function.func)}({settings})"
    return getattr(function, "__name__", repr(function))
