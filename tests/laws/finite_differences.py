"""Gradients by central differences in float64: the oracle of the gradient laws."""

import numpy as np
import pytensor

from symgen import backends


def assert_gradient(cost, wrt, givens, step=1e-5, rtol=1e-6, atol=1e-8):
    """Assert that ``pytensor.grad(cost, wrt)`` is what central differences say.

    Parameters
    ----------
    cost : scalar float64 variable
    wrt : list of variables
        Each a key of ``givens`` or a shared variable.
    givens : dict of {variable: float64 array}
        The values of all inputs of ``cost``.
    """
    shared = [var for var in wrt if var not in givens]
    grads = pytensor.grad(cost, wrt)
    f = pytensor.function(list(givens), [cost, *grads], mode=backends.select("py"))
    values = {var: np.array(value) for var, value in givens.items()}
    _, *got = f(*values.values())
    for var, gradient in zip(wrt, got):
        value = var.get_value() if var in shared else values[var]
        expected = np.empty_like(value)
        for index in np.ndindex(value.shape):
            costs = []
            for sign in (1, -1):
                moved = value.copy()
                moved[index] += sign * step
                if var in shared:
                    var.set_value(moved)
                costs.append(f(*[moved if v is var else values[v] for v in values])[0])
            expected[index] = (costs[0] - costs[1]) / (2 * step)
        if var in shared:
            var.set_value(value)
        np.testing.assert_allclose(gradient, expected, rtol=rtol, atol=atol, err_msg=str(var))
