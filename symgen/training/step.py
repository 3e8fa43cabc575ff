"""Training steps, compiled: the rows of minibatches in, losses out, parameters updated."""

import inspect
from collections import OrderedDict
from functools import wraps

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.replace import graph_replace
from pytensor.ifelse import ifelse

from symgen import backends, updates
from symgen.errors import DtypeError, SettingsError, look_up
from symgen.random import RandomStreams


class Step:
    """The compiled step of a model under an update rule, and all the state that it changes.

    The data live in shared variables, on the backend's device; ``givens`` take the minibatch from
    the numbers of its rows. One call runs many steps (:func:`symgen.backends.compile_epoch`).

    A model's objectives are descended one after the other, each where the ones before it have
    brought the parameters: so a GAN's generator meets the discriminator of this step (Goodfellow
    et al. 2014, algorithm 1).

    Parameters
    ----------
    model
        A :class:`symgen.models.Model`: ``objectives(x, srng)``, ``params``, ``dtype``.
    data : array of shape (n, input_dim)
    optimizer : str or callable
        Name in :data:`symgen.updates.RULES`, or ``rule(loss, params[, learning_rate=…])``.
    learning_rate : float, symbolic scalar, or (scalar, updates) pair, optional
        A pair is what :mod:`symgen.schedules` returns. The default is the rule's own.
    seed : int
        Seed of the random draws in the cost.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    context : array of shape (n, context_dim), optional
        For a conditional model.
    weight_decay : float, optional
        See :class:`symgen.training.Run`.

    Attributes
    ----------
    names : tuple of str
        Columns of what :meth:`__call__` returns: the objectives, then their terms.
    losses : tuple of str
        Names of the objectives.
    state : OrderedDict of str to shared variable
        Parameters, buffers, optimizer state and schedule, by unique name.
    srng : RandomStreams
    """

    def __init__(
        self,
        model,
        data,
        optimizer,
        learning_rate,
        seed,
        backend,
        device=None,
        context=None,
        weight_decay=None,
    ):
        self.model = model
        self.srng = RandomStreams(seed)
        rows = pt.lvector("rows")
        self._arrays = {"x": data} if context is None else {"x": data, "context": context}
        self._inputs, self._stored, givens = {}, {}, {}
        for name, array in self._arrays.items():
            # The number of columns is part of the types: PyTensor then need not check it at each
            # step, and fuses the loss with its gradient.
            shape = (None, array.shape[1])
            stored = pytensor.shared(array, name=f"data.{name}", borrow=True, shape=shape)
            self._inputs[name] = pt.matrix(name, dtype=array.dtype, shape=shape)
            self._stored[name] = stored
            givens[self._inputs[name]] = stored[rows]
        rule = look_up("optimizer", optimizer, updates.RULES) if isinstance(optimizer, str) else optimizer
        schedule = {}
        if isinstance(learning_rate, tuple):
            learning_rate, schedule = learning_rate
        options = {} if learning_rate is None else {"learning_rate": learning_rate}
        if weight_decay is not None:
            rule, options = _decayed(rule, options, weight_decay)
        objectives = model.objectives(self._inputs["x"], self.srng, **self._context())
        self._outputs, self.updates = descend(model, objectives, rule, options)
        self.losses = tuple(objective.name for objective in objectives)
        self.updates.update(schedule)
        self.names = tuple(self._outputs)
        self.state = _by_name(self.updates)
        self._run = backends.compile_epoch(
            rows,
            list(self._outputs.values()),
            updates=OrderedDict([*self.updates.items(), *self.srng.updates.items()]),
            givens=givens,
            backend=backend,
            device=device,
            name="training step",
        )

    def _context(self):
        return {name: variable for name, variable in self._inputs.items() if name != "x"}

    def __call__(self, rows):
        """Train on minibatches one after the other.

        Parameters
        ----------
        rows : int64 array of shape (steps, batch size)
            Row numbers of the data, a line for each minibatch.

        Returns
        -------
        list of arrays of shape (steps,)
            Objectives and terms, see :attr:`names`.
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

    def set_data(self, data):
        """Train on other examples from now on, an array of shape (n, input_dim)."""
        self._arrays["x"] = data
        self._stored["x"].set_value(data, borrow=True)

    def minibatch(self, rows):
        """Those rows of the data, and of the context where there is one: a list of NumPy arrays."""
        return [array[rows] for array in self._arrays.values()]

    def symbolic(self):
        """(inputs, outputs by name, updates by name) for whoever wants to look inside the step."""
        new = {variable.name: value for variable, value in self.updates.items()}
        return list(self._inputs.values()), self._outputs, new


def _decayed(rule, options, weight_decay):
    """The rule with weight decay, and its options: its own decay where it has one, as AdamW."""
    if "weight_decay" in inspect.signature(rule).parameters:
        return rule, {**options, "weight_decay": weight_decay}

    @wraps(rule)
    def decayed(loss_or_grads, params, **options):
        grads = updates.gradients(loss_or_grads, params)
        return rule(updates.add_weight_decay(grads, params, weight_decay), params, **options)

    return decayed, options


def descend(model, objectives, rule, options):
    """Outputs by column and updates of a step that takes the objectives in their order."""
    values, terms, new = OrderedDict(), OrderedDict(), OrderedDict()
    named = len(objectives) > 1 and "name" in inspect.signature(rule).parameters
    for objective in objectives:
        for name, part in {objective.name: objective.loss, **objective.terms}.items():
            if part.dtype != model.dtype:
                raise DtypeError(
                    f"{name} to be {model.dtype} like the parameters",
                    part.dtype,
                    "A literal such as 0.1 or an integer array makes float32 float64: cast it, "
                    "np.float32(0.1) or x.astype('float32').",
                )
        shown = objective.loss if objective.reported is None else objective.reported
        columns = {objective.name: shown, **objective.terms}
        buffers, descended = dict(objective.updates), objective.loss
        if new:
            # The gradients of the loss as it stands: none flows through the steps before.
            descended = updates.gradients(objective.loss, objective.params)
            descended, columns, buffers = _after(new, descended, columns, buffers)
        name = {"name": f"{getattr(rule, '__name__', 'rule')}.{objective.name}"} if named else {}
        moved = OrderedDict(rule(descended, objective.params, **options, **name))
        if objective.every > 1:
            moved = _every(objective, moved)
        new |= moved
        new |= buffers
        values[objective.name] = columns.pop(objective.name)
        terms |= columns
    if len(values) < len(objectives) or values.keys() & terms.keys():
        raise SettingsError(
            "objectives and terms with names of their own",
            ", ".join([o.name for o in objectives] + list(terms)),
            "Name each objective and each of its terms differently.",
        )
    return values | terms, new


def _after(new, variables, *dicts):
    """The same variables, and dicts of them, where shared variables have their new values."""
    flat = [*variables, *(variable for each in dicts for variable in each.values())]
    flat = iter(graph_replace(flat, new, strict=False))
    first = [next(flat) for _ in variables]
    return first, *({name: next(flat) for name in each} for each in dicts)


def _every(objective, moved):
    """The same updates at each ``every``-th step only; the work between is not done."""
    count = pytensor.shared(np.asarray(0, dtype="int64"), name=f"{objective.name}.count")
    due = pt.eq((count + 1) % objective.every, 0)
    olds = list(moved)
    chosen = ifelse(due, [moved[old] for old in olds], olds)
    chosen = chosen if isinstance(chosen, list) else [chosen]
    return OrderedDict([*zip(olds, chosen, strict=True), (count, count + 1)])


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
