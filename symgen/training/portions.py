"""Training on data that come in portions: one compiled step, whose optimizer remembers."""

import numpy as np

from symgen.errors import NonFiniteError
from symgen.training import nan_guard
from symgen.training.minibatches import Minibatches
from symgen.training.step import Step


class Portions:
    """A model that is trained pass by pass, each on data of its own.

    What :func:`symgen.training.fit` does in one run, cut open: the step is compiled once, and its
    optimizer's state and random draws go on from portion to portion. There is no checkpoint.

    Parameters
    ----------
    model : symgen.models.Model
    data : array of shape (n, input_dim)
        The first portion, checked by the caller; nothing is learnt from it yet.
    initialize : bool
        Whether the model's ``initialize`` sees the first minibatch, where it has one.
    optimizer, learning_rate, seed, backend, device
        See :class:`symgen.training.Run`.

    Attributes
    ----------
    passes : int
        Portions trained on.
    """

    def __init__(self, model, data, *, initialize, optimizer, learning_rate, seed, backend, device):
        self._step = Step(model, data, optimizer, learning_rate, seed, backend, device)
        self._initialize = getattr(model, "initialize", None) if initialize else None
        self.seed, self.passes = seed, 0

    def train(self, data, batch_size):
        """One pass over `data`, shape (n, input_dim), in shuffled minibatches.

        Returns
        -------
        dict of str to float
            ``train_<loss>`` and ``train_<term>``, means over the examples while the parameters change.

        Raises
        ------
        NonFiniteError
            When a loss or a parameter becomes NaN or infinite; everything is then as before the pass.
        """
        minibatches = Minibatches(len(data), batch_size, self.seed)
        order, done = minibatches.order(self.passes), 0
        if self._initialize and not self.passes:
            self._initialize(data[order[:batch_size]])
        before = self._step.get_state()
        self._step.set_data(data)
        sums = np.zeros(len(self._step.names))
        while done < len(minibatches):
            rows = minibatches.rows(order, done, len(minibatches))
            values = np.stack(self._step(rows), axis=1).astype("float64")
            sums += values.sum(axis=0) * rows.shape[1]
            done += len(rows)
        state = (variable.get_value(borrow=True) for variable in self._step.state.values())
        if not (np.isfinite(sums).all() and nan_guard.is_finite(state)):
            self._step.set_state(*before)
            raise NonFiniteError(
                "every variable of a training step to be finite",
                f"a loss or parameter that is not, in pass {self.passes + 1}",
                nan_guard.REMEDY,
            )
        self.passes += 1
        return {
            f"train_{name}": float(total / len(data))
            for name, total in zip(self._step.names, sums, strict=True)
        }
