"""Compile a graph on a backend, with the updates of its random draws."""

from collections import OrderedDict

import pytensor
from pytensor.compile.io import In, Out
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors

from symgen.backends.select import select
from symgen.errors import SettingsError
from symgen.ops.philox import PhiloxDraw


def function(
    inputs,
    outputs=None,
    *,
    updates=None,
    givens=None,
    backend=None,
    device=None,
    mode=None,
    fetch=True,
    draw_anew=True,
    **options,
):
    """Compile a graph into a callable: ``pytensor.function`` on a backend.

    Parameters
    ----------
    inputs : sequence of variables
    outputs : variable, sequence of them, or None
    updates : dict or pairs, optional
        ``{shared variable: its new value}``. All new values are computed from the old ones.
    givens : dict or pairs, optional
        ``{variable: what stands in for it}``.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    mode : str or pytensor Mode, optional
        Instead of backend and device: one of PyTensor's own, or what ``select`` returned.
    fetch : bool
        Whether outputs come as NumPy arrays. With False, JAX and PyTorch leave them on the device,
        as arrays of their own that ``numpy.asarray`` fetches (a tensor on a GPU:
        ``output.numpy(force=True)``), and a call does not wait for the GPU: the way to step through
        training and look at some losses only.
    draw_anew : bool
        Whether the random draws of :mod:`symgen.random` that the graph holds give other numbers
        at each call; with False they give the same. Those inside a ``scan`` go by the updates that
        it returns.
    **options
        ``name``, ``on_unused_input``, ``allow_input_downcast``, ``trust_input``, ``profile``, …
        of ``pytensor.function``.

    Returns
    -------
    pytensor.compile.executor.Function

    Raises
    ------
    SettingsError
        For a mode beside a backend, a device or ``fetch=False``.
    UnknownNameError, BackendError, CompilerError
        See :func:`symgen.backends.select`; BackendError also for a construct that the backend
        cannot run.

    Examples
    --------
    >>> import pytensor, symgen
    >>> w = pytensor.shared(1.0, name="w")
    >>> double = symgen.function([], w, updates={w: 2 * w}, backend="py")
    >>> float(double()), float(w.get_value())
    (1.0, 2.0)
    """
    if mode is not None and (backend is not None or device is not None or not fetch):
        raise SettingsError(
            "either a mode, or a backend, a device and whether to fetch",
            f"mode={mode!r}, backend={backend!r}, device={device!r}, fetch={fetch!r}",
            "Leave out one of them; symgen.backends.select takes all three.",
        )
    chosen = select(backend, device, fetch) if mode is None else mode
    updates, givens = as_pairs(updates), as_pairs(givens)
    if draw_anew:
        updates = with_updates_of_draws(inputs, outputs, updates, givens)
    return pytensor.function(inputs, outputs, updates=updates, givens=givens, mode=chosen, **options)


def as_pairs(pairs):
    """``{variable: variable}`` of a dict, pairs or None, in order."""
    if pairs is None:
        return OrderedDict()
    return OrderedDict(pairs.items() if hasattr(pairs, "items") else pairs)


def with_updates_of_draws(inputs, outputs, updates, givens):
    """`updates`, and those of the random streams that the graph draws from and that have none.

    A draw that `givens` or `inputs` stand in for is not drawn.
    """
    updates = OrderedDict(updates)
    replaced = {*givens, *(i.variable if isinstance(i, In) else i for i in inputs)}
    wanted = [*_variables(outputs), *updates.values(), *givens.values()]
    draws = {}
    for variable in ancestors(wanted, blockers=replaced):
        node = None if variable in replaced else variable.owner
        if node is None or not isinstance(node.op, PhiloxDraw):
            continue
        state = node.inputs[0]
        if not isinstance(state, SharedVariable) or state in updates:
            continue
        if draws.setdefault(state, node) is not node:
            raise SettingsError(
                "one draw for each state of a random stream",
                f"two that begin at {state}",
                "Give each draw a state of its own, or the updates by hand.",
            )
    for state, node in draws.items():
        updates[state] = node.outputs[0]
    return updates


def _variables(outputs):
    if outputs is None:
        return []
    listed = outputs.values() if isinstance(outputs, dict) else outputs
    listed = [outputs] if isinstance(outputs, Variable | Out) else list(listed)
    return [output.variable if isinstance(output, Out) else output for output in listed]
