"""The dense layer that shares another's weights, turned round."""

import pytensor.tensor as pt

from symgen import config
from symgen.activations import ACTIVATIONS
from symgen.initializers import zeros
from symgen.layers.parameters import checked_input, function_name, parameter, resolve


class TiedDense:
    """The way back through a dense layer: ``activation(x W' + b)`` with its ``W`` transposed.

    Parameters
    ----------
    layer : Dense
        Whose weights are used; they stay its parameters alone.
    activation, b, name, dtype
        As for :class:`symgen.layers.Dense`.

    Attributes
    ----------
    b : shared variable, shape (layer.input_dim,)

    Raises
    ------
    ShapeError, DtypeError, UnknownNameError
        As for :class:`symgen.layers.Dense`.

    References
    ----------
    P. Vincent et al. (2008). Extracting and composing robust features with denoising
    autoencoders. ICML. Section 2.2: tied weights.
    """

    def __init__(self, layer, activation="linear", b=zeros, *, name="tied_dense", dtype=None):
        self.layer, self.name = layer, name
        self.activation = resolve("activation", activation, ACTIVATIONS)
        dtype = dtype or config.floatx()
        self.b = parameter(f"{name}.b", b, (layer.input_dim,), None, dtype)

    @property
    def params(self):
        """``[b]``."""
        return [self.b]

    def __call__(self, x):
        """Output for a minibatch: from (batch, layer.output_dim) to (batch, layer.input_dim).

        Raises
        ------
        ShapeError, DtypeError
            As for :class:`symgen.layers.Dense`.
        """
        shape, remedy = ("batch", self.layer.output_dim), "Give it what the layer puts out."
        x = checked_input(x, shape, self, self.b.dtype, remedy)
        return self.activation(pt.dot(x, self.layer.W.T) + self.b)

    def __repr__(self):
        shape = f"{self.layer.output_dim} -> {self.layer.input_dim}"
        return (
            f"TiedDense({shape}, {function_name(self.activation)}, name={self.name!r}, "
            f"weights of {self.layer.name!r})"
        )
