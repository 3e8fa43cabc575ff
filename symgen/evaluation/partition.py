"""log Z by counting through all states: exact, for machines with few units on one side."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends
from symgen.errors import NonFiniteError, NotSupportedError, RangeError
from symgen.evaluation.inputs import parameters_hash
from symgen.evaluation.likelihood import check_no_context
from symgen.evaluation.result import Result

MAX_UNITS = 25
_CHUNK = 2**13


def exact_log_z(model, *, backend=None, device=None):
    """log of the partition function ``Z = sum over all states of exp(-F(state))``.

    Counts through the states of the smaller layer, the others being summed out in closed form: of an
    RBM with 784 visible and 20 hidden units that is 2^20 states.

    Parameters
    ----------
    model
        Has ``states()``: pairs of a number of binary units and the free energy of their states.
    backend, device : str, optional
        See :func:`symgen.backends.select`.

    Returns
    -------
    Result
        In nats; `n` is the number of states, ``details`` has the hash of the parameters. Free energies are computed in the model's dtype,
        their sum in float64.

    Raises
    ------
    RangeError
        For more than 25 units on the smaller side.
    NotSupportedError
        For a model without a partition function.
    NonFiniteError
        When a free energy is NaN or infinite.
    """
    units, energies = _enumeration(model, backend, device)
    value = -np.inf
    for energy in energies:
        value = np.logaddexp(value, np.logaddexp.reduce(-energy))
    return Result(
        metric="log Z",
        value=float(value),
        unit="nats",
        bound="exact",
        standard_error=0.0,
        n=2**units,
        n_samples=1,
        details={"parameters": parameters_hash(model)},
    )


def _enumeration(model, backend, device):
    """Number of units of the smaller side, and an iterator over free energies of all its states."""
    if not hasattr(model, "states"):
        raise NotSupportedError(
            "a model with a partition function over binary units",
            f"{type(model).__name__}",
            "Use symgen.evaluation.evaluate for its likelihood or bound.",
        )
    check_no_context(model)
    units, free_energy = min(model.states(), key=lambda side: side[0])
    if units > MAX_UNITS:
        raise RangeError(
            f"at most {MAX_UNITS} units on the smaller side, 2^{MAX_UNITS} states to count through",
            f"{units}",
            "Estimate log Z by annealed importance sampling: symgen.evaluation.ais_log_z.",
        )
    states = pt.matrix("states", dtype=model.dtype, shape=(None, units))
    compute = pytensor.function([states], free_energy(states), mode=backends.select(backend, device))

    def energies():
        for first in range(0, 2**units, _CHUNK):
            energy = compute(binary_states(units, first, min(2**units, first + _CHUNK), model.dtype))
            if not np.isfinite(energy).all():
                raise NonFiniteError(
                    "the free energy of every state to be finite",
                    f"{np.count_nonzero(~np.isfinite(energy))} that are not",
                    "The model may have diverged: train again with a lower learning rate.",
                )
            yield energy.astype("float64")

    return units, energies()


def binary_states(units, first=0, last=None, dtype="float64"):
    """States number `first` to `last - 1` of binary units, bit i of the number being unit i.

    Returns
    -------
    array of shape (last - first, units)
        By default all of them, 2^units.
    """
    numbers = np.arange(first, 2**units if last is None else last, dtype=np.int64)
    return (numbers[:, None] >> np.arange(units) & 1).astype(dtype)
