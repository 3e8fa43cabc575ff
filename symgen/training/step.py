"""Training steps, compiled: the rows of minibatches in, losses out, parameters updated."""

from collections import OrderedDict

import pytensor
import pytensor.tensor as pt

from symgen import backends, updates
from symgen.errors import DtypeError, SettingsError, look_up
from symgen.random import RandomStreams


class Step:
    """The compiled step of a model under an update rule, and all the state that it changes.

    The data live in a shared variable, on the backend's device; ``givens`` take the minibatch from
    the numbers of its rows. One call runs many steps (:func:`symgen.backends.compile_epoch`).

    Parameters
    ----------
    model
        Has ``cost(x, srng)``, ``params``, ``dtype``.
    data : array of shape (n, input_dim)
    optimizer : str or callable
        Name in :data:`symgen.updates.RULES`, or ``rule(loss, params[, learning_rate=…])``.
    learning_rate : float, symbolic scalar, or (scalar, updates) pair, optional
        A pair is what :mod:`symgen.schedules` returns. The default is the rule's own.
    seed : int
        Seed of the random draws in the cost.
    backend, device : str, optional
        See :func:`symgen.backends.select`.

    Attributes
    ----------
    names : tuple of str
        ``"loss"`` and the names of the terms, in the order of what :meth:`__call__` returns.
    state : OrderedDict of str to shared variable
        Parameters, optimizer state and schedule, by unique name.
    srng : RandomStreams
    """

    def __init__(self, model, data, optimizer, learning_rate, seed, backend, device=None):
        self.model = model
        self.srng = RandomStreams(seed)
        # The number of columns is part of the types: PyTensor then need not check it at each step,
        # and fuses the loss with its gradient.
        columns = data.shape[1]
        self._array = data
        shared = pytensor.shared(data, name="data", borrow=True, shape=(None, columns))
        rows = pt.lvector("rows")
        self._x = pt.matrix("x", dtype=data.dtype, shape=(None, columns))
        loss, terms = model.cost(self._x, self.srng)
        if loss.dtype != model.dtype:
            raise DtypeError(
                f"the cost to be {model.dtype} like the parameters",
                loss.dtype,
                "A literal such as 0.1 or an integer array makes float32 float64: cast it, "
                "np.float32(0.1) or x.astype('float32').",
            )
        self.names = ("loss", *terms)
        self._outputs = [loss, *terms.values()]
        rule = look_up("optimizer", optimizer, updates.RULES) if isinstance(optimizer, str) else optimizer
        schedule = {}
        if isinstance(learning_rate, tuple):
            learning_rate, schedule = learning_rate
        options = {} if learning_rate is None else {"learning_rate": learning_rate}
        self.updates = OrderedDict(rule(loss, model.params, **options))
        self.updates.update(schedule)
        self.state = _by_name(self.updates)
        self._run = backends.compile_epoch(
            rows,
            self._outputs,
            updates=OrderedDict([*self.updates.items(), *self.srng.updates.items()]),
            givens={self._x: shared[rows]},
            backend=backend,
            device=device,
            name="training step",
        )

    def __call__(self, rows):
        """Train on minibatches one after the other.

        Parameters
        ----------
        rows : int64 array of shape (steps, batch size)
            Row numbers of the data, a line for each minibatch.

        Returns
        -------
        list of arrays of shape (steps,)
            Loss and terms, see :attr:`names`.
        """
        return self._run(rows)

    def get_state(self):
        """Copies of all arrays of :attr:`state`, and the state of the random streams."""
        return {name: v.get_value() for name, v in self.state.items()}, self.srng.get_state()

    def set_state(self, arrays, streams):
        """Put back what :meth:`get_state` returned."""
        for name, variable in self.state.items():
            variable.set_value(arrays[name])
        self.srng.set_state(streams)

    def minibatch(self, rows):
        """Those rows of the data, as NumPy."""
        return self._array[rows]

    def symbolic(self):
        """(x, outputs by name, updates by name) for whoever wants to look inside the step."""
        new = {variable.name: value for variable, value in self.updates.items()}
        return self._x, dict(zip(self.names, self._outputs, strict=True)), new


def _by_name(variables):
    named = OrderedDict()
    for variable in variables:
        if not variable.name or variable.name in named:
            raise SettingsError(
                "every parameter and every part of an optimizer's state to have a name of its own",
                f"{variable.name!r} " + ("twice" if variable.name else "(no name)"),
                "Give the layers different names: Dense(…, name='encoder.0').",
            )
        named[variable.name] = variable
    return named
