"""Layers one after the other."""

from symgen.errors import DtypeError, SettingsError


class Sequential:
    """Layers in a row, each of which takes the output of the one before.

    Parameters
    ----------
    layers : list of callables
        Each a layer, that is with a list ``params``, or a function of a symbolic variable. None
        at all make the identity.

    Raises
    ------
    SettingsError
        Two parameters of one name.
    DtypeError
        Something that cannot be called.

    Examples
    --------
    >>> import numpy as np
    >>> from symgen.layers import Dense
    >>> rng = np.random.default_rng(1)
    >>> Sequential([
    ...     Dense(784, 128, "relu", rng=rng, name="hidden"),
    ...     Dense(128, 4, rng=rng, name="code"),
    ... ])
    Sequential(
        Dense(784 -> 128, relu, name='hidden'),
        Dense(128 -> 4, linear, name='code'),
    )
    """

    def __init__(self, layers):
        self.layers = list(layers)
        for layer in self.layers:
            if not callable(layer):
                raise DtypeError(
                    expected="layers that can be called",
                    got=f"{type(layer).__name__}",
                    remedy="Pass layers and functions, for example Dense(...).",
                )
        names = [param.name for param in self.params]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        if twice:
            raise SettingsError(
                expected="a name of its own for each parameter",
                got=f"{', '.join(twice)} more than once",
                remedy="Give each layer its name=.",
            )

    @property
    def params(self):
        """Parameters of all layers, in their order; those of a layer used twice come once."""
        params = [param for layer in self.layers for param in getattr(layer, "params", [])]
        return list(dict.fromkeys(params))

    def __call__(self, x):
        """Output of the last layer; shape and errors are those of the layers."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self):
        names = [getattr(layer, "__name__", repr(layer)) for layer in self.layers]
        lines = "".join("    " + name.replace("\n", "\n    ") + ",\n" for name in names)
        return f"Sequential(\n{lines})"
