"""The dense layer."""

import pytensor.tensor as pt

from symgen import config
from symgen.activations import ACTIVATIONS
from symgen.initializers import glorot_uniform, zeros
from symgen.layers.parameters import checked_input, dimension, function_name, parameter, resolve


class Dense:
    """Fully connected layer: ``activation(x W + b)``.

    Parameters
    ----------
    input_dim, output_dim : int >= 1
    activation : str or callable
        A name of ``symgen.activations.ACTIVATIONS``, or a function of a symbolic variable.
    W, b : str or callable
        A name of ``symgen.initializers.INITIALIZERS``, or an initializer. ``b=None`` leaves the
        bias out, as before a batch normalisation, which takes it away again.
    rng : numpy.random.Generator
        Where the first values come from.
    name : str
        The parameters are called ``<name>.W`` and ``<name>.b``.
    dtype : str, optional
        dtype of the parameters, by default ``symgen.config.floatx()``.

    Attributes
    ----------
    W : shared variable, shape (input_dim, output_dim)
    b : shared variable, shape (output_dim,), or None

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
        self.input_dim = dimension(input_dim, "input_dim")
        self.output_dim = dimension(output_dim, "output_dim")
        self.activation = resolve("activation", activation, ACTIVATIONS)
        self.name = name
        dtype = dtype or config.floatx()
        self.W = parameter(f"{name}.W", W, (self.input_dim, self.output_dim), rng, dtype)
        self.b = None if b is None else parameter(f"{name}.b", b, (self.output_dim,), rng, dtype)

    @property
    def params(self):
        """``[W, b]``, or ``[W]`` without a bias."""
        return [self.W] if self.b is None else [self.W, self.b]

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
        remedy = "Flatten each example to one row, or make the layer for this width."
        x = checked_input(x, ("batch", self.input_dim), self, self.W.dtype, remedy)
        output = pt.dot(x, self.weights)
        return self.activation(output if self.b is None else output + self.b)

    @property
    def weights(self):
        """What an input is multiplied by: ``W`` itself."""
        return self.W

    def __repr__(self):
        sizes = f"{self.input_dim} -> {self.output_dim}"
        settings = f"{sizes}, {function_name(self.activation)}, name={self.name!r}"
        return f"{type(self).__name__}({settings})"
