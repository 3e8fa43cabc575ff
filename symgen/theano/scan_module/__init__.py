"""``theano.scan_module``: loops in a graph; each returns ``(outputs, updates)``, as in Theano."""

import functools
import warnings

import numpy as np
from pytensor.scan import basic, checkpoints
from pytensor.scan.utils import until

from symgen.theano import _test_values
from symgen.theano._missing import attribute_lookup
from symgen.theano.scan_module import scan_op  # noqa: F401  (it adds to PyTensor's Scan)
from symgen.theano.scan_module.scan_utils import clone
from symgen.theano.updates import OrderedUpdates

__all__ = ["clone", "foldl", "foldr", "map", "reduce", "scan", "scan_checkpoints", "until"]

__getattr__ = attribute_lookup(__name__)


def _with_updates(loop):
    """`loop`, which returns its updates, without PyTensor's advice to drop them."""

    @functools.wraps(loop)
    def call(*args, **kwargs):
        with warnings.catch_warnings(), _test_values.lenient():
            warnings.filterwarnings(
                "ignore", "Scan return signature will change", DeprecationWarning
            )
            outputs, updates = loop(*args, **kwargs)
        return outputs, OrderedUpdates(updates)

    call.__module__ = __name__
    return call


_scan = _with_updates(basic.scan)
scan_checkpoints = _with_updates(checkpoints.scan_checkpoints)


def scan(
    fn,
    sequences=None,
    outputs_info=None,
    non_sequences=None,
    n_steps=None,
    truncate_gradient=-1,
    go_backwards=False,
    mode=None,
    name=None,
    profile=False,
    allow_gc=None,
    strict=False,
    return_list=False,
):
    """Return the results of `fn`, called step by step along sequences and its own results.

    Parameters
    ----------
    fn : callable
        Takes slices of the sequences, former outputs and the non-sequences, in this order, and
        returns outputs, updates (a dict or pairs) and :func:`until`, in this order, each of them
        optional.
    sequences : Variable, dict, or list of them, optional
        A dict is ``{"input": x, "taps": [-1, 0]}``: which steps' slices to give.
    outputs_info : Variable, dict, None, or list of them
        For each output its first value, ``{"initial": values, "taps": [-2, -1]}``, or None when
        `fn` does not read it.
    non_sequences : list of Variable, optional
    n_steps : int or scalar, optional
        By default the length of the shortest sequence; negative to go backwards.
    truncate_gradient : int
        How many steps the gradient goes back; -1 is all.
    go_backwards : bool
        Whether the sequences are read from the last slice on.
    mode : None, str or Mode
        For the function of one step.
    name : str, optional
    profile : bool or str
    allow_gc : bool, optional
    strict : bool
        Whether all shared variables that `fn` reads are among the non-sequences.
    return_list : bool
        Return a list also for one output.

    Returns
    -------
    outputs : Variable or list of Variable
        With the steps along the first axis.
    updates : OrderedUpdates
        The updates that a function has to do when it computes the outputs.
    """
    if _test_values.action() != "off":
        fn = _with_examples(fn, sequences, outputs_info)
    return _scan(
        fn, sequences, outputs_info, non_sequences, n_steps, truncate_gradient, go_backwards,
        mode, name, profile, allow_gc, strict, return_list,
    )  # fmt: skip


def map(
    fn, sequences, non_sequences=None, truncate_gradient=-1, go_backwards=False, mode=None, name=None
):
    """Return ``fn`` of each slice of the sequences; see :func:`scan`."""
    return scan(
        fn,
        sequences=sequences,
        outputs_info=[],
        non_sequences=[] if non_sequences is None else non_sequences,
        truncate_gradient=truncate_gradient,
        go_backwards=go_backwards,
        mode=mode,
        name=name,
    )


def reduce(
    fn, sequences, outputs_info, non_sequences=None, go_backwards=False, mode=None, name=None
):
    """Return the last outputs of a loop over the sequences; see :func:`scan`."""
    outputs, updates = scan(
        fn,
        sequences=sequences,
        outputs_info=outputs_info,
        non_sequences=[] if non_sequences is None else non_sequences,
        go_backwards=go_backwards,
        mode=mode,
        name=name,
    )
    if isinstance(outputs, list | tuple):
        return [output[-1] for output in outputs], updates
    return outputs[-1], updates


def foldl(fn, sequences, outputs_info, non_sequences=None, mode=None, name=None):
    """Return :func:`reduce` from the first slice to the last."""
    return reduce(fn, sequences, outputs_info, non_sequences, False, mode, name)


def foldr(fn, sequences, outputs_info, non_sequences=None, mode=None, name=None):
    """Return :func:`reduce` from the last slice to the first."""
    return reduce(fn, sequences, outputs_info, non_sequences, True, mode, name)


def _with_examples(fn, sequences, outputs_info):
    """`fn`, its arguments given examples from those of the loop."""
    values = []
    for spec in _as_list(sequences):
        given = spec if isinstance(spec, dict) else {"input": spec}
        values += _slices(given.get("input"), given.get("taps") or [0])
    for spec in _as_list(outputs_info):
        given = spec if isinstance(spec, dict) else {"initial": spec}
        if given.get("initial") is None:
            continue
        taps = given.get("taps") or [-1]
        values += [_example(given["initial"])] if taps == [-1] else _slices(given["initial"], taps)

    @functools.wraps(fn)
    def call(*args):
        for variable, value in zip(args, values, strict=False):
            if value is not None and not hasattr(variable.tag, "test_value"):
                variable.tag.test_value = variable.type.filter(value, allow_downcast=True)
        return fn(*args)

    return call


def _as_list(specs):
    if specs is None:
        return []
    return list(specs) if isinstance(specs, list | tuple) else [specs]


def _slices(variable, taps):
    taps = taps if isinstance(taps, list | tuple) else [taps]
    value = _example(variable)
    if value is None or not len(value):
        return [None] * len(taps)
    return [value[min(tap - min(taps), len(value) - 1)] for tap in taps]


def _example(variable):
    if not hasattr(variable, "type"):
        return np.asarray(variable)
    try:
        return _test_values.get_test_value(variable)
    except AttributeError:
        return None
