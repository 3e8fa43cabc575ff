"""Layers one after the other."""

from collections import OrderedDict

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
        names = [variable.name for variable in (*self.params, *self.buffers)]
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
        return self._all("params")

    @property
    def buffers(self):
        """Buffers of all layers, likewise."""
        return self._all("buffers")

    def __call__(self, x):
        """Output of the last layer; shape and errors are those of the layers."""
        for layer in self.layers:
            x = layer(x)
        return x

    def training_form(self, x, srng=None):
        """Output of the last layer while training, and the updates of all :attr:`buffers`.

        Each layer takes part in its training form, or as it is where it has none.

        Parameters
        ----------
        x : variable
        srng : symgen.random.RandomStreams, optional
            For layers that draw.

        Returns
        -------
        variable
        OrderedDict
        """
        updates = OrderedDict()
        for layer in self.layers:
            if hasattr(layer, "training_form"):
                x, new = layer.training_form(x, srng)
                updates.update(new)
            else:
                x = layer(x)
        return x, updates

    def _all(self, kind):
        variables = [variable for layer in self.layers for variable in getattr(layer, kind, ())]
        return list(dict.fromkeys(variables))

    def __repr__(self):
        names = [getattr(layer, "__name__", repr(layer)) for layer in self.layers]
        lines = "".join("    " + name.replace("\n", "\n    ") + ",\n" for name in names)
        return f"Sequential(\n{lines})"
