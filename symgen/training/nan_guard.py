"""Find the first non-finite variable of a training step."""

import numpy as np
import pytensor
from pytensor.graph.traversal import toposort

from symgen import backends

REMEDY = (
    "Lower the learning rate, clip the gradients (symgen.updates.clip_by_global_norm), "
    "or look at that variable's inputs."
)


def is_finite(arrays):
    """Whether all numbers in all `arrays` are finite."""
    return all(np.isfinite(array).all() for array in arrays)


def first_non_finite(step, rows):
    """Describe the first non-finite variable that the minibatch of those rows meets.

    The step's state must be what it was before that minibatch. Looked at in this order: the
    minibatch, the parameters and the optimizer's state, then every variable of the loss, the
    gradients and the updates, in the order in which they are computed. Nothing is changed.

    Parameters
    ----------
    step : symgen.training.step.Step
    rows : int64 array of shape (batch size,)

    Returns
    -------
    str or None
        None when everything is finite.
    """
    examples = step.minibatch(rows)
    if not is_finite(examples):
        return f"the minibatch itself ({_how_many(np.concatenate(examples, axis=1))})"
    for name, variable in step.state.items():
        value = variable.get_value(borrow=True)
        if not is_finite([value]):
            return f"{name!r} before the step ({_how_many(value)})"
    inputs, outputs, new = step.symbolic()
    labels = {variable: repr(name) for name, variable in outputs.items()}
    labels |= {variable: f"the new value of {name!r}" for name, variable in new.items()}
    results = list(labels)
    computed = [
        variable
        for node in toposort(results)
        for variable in node.outputs
        if getattr(variable.type, "dtype", "").startswith("float")
    ]
    compute = pytensor.function(inputs, computed, mode=backends.select("py"), on_unused_input="ignore")
    values = compute(*examples)
    for variable, value in zip(computed, values, strict=True):
        if not is_finite([value]):
            return f"{labels.get(variable) or _label(variable)} ({_how_many(value)})"
    return None


def _label(variable):
    """A name that a person can place in the model: the variable's own, or Op and inputs."""
    if variable.name:
        return repr(variable.name)
    node = variable.owner
    inputs = ", ".join(v.name or (str(v.owner.op) if v.owner else str(v)) for v in node.inputs)
    return f"{node.op}({inputs})"


def _how_many(value):
    value = np.asarray(value)
    nan, inf = int(np.isnan(value).sum()), int(np.isinf(value).sum())
    return f"{nan} NaN and {inf} infinite of {value.size}"
