"""``theano.function``: PyTensor's, with Theano's defaults and what old programs rely on."""

import warnings
import weakref

import pytensor
from pytensor.compile.executor import Function
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.replace import clone_replace
from pytensor.graph.traversal import graph_inputs
from pytensor.graph.utils import MissingInputError
from pytensor.tensor import cast
from pytensor.tensor.type import TensorType

from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.mode import get_mode

__all__ = ["UnboundFunction", "function"]

__getattr__ = attribute_lookup(__name__)

# FunctionMaker -> the update pairs that its function was built with, in the caller's variables.
_update_pairs = weakref.WeakKeyDictionary()


class UnboundFunction:
    """A function without inputs and outputs whose graph needs an input that nobody gives.

    It can be built, and can lend its update pairs to another function (``updates=``), but not
    run.

    Attributes
    ----------
    name : str or None
    updates : list of (SharedVariable, Variable)
        The pairs that it was given.
    unbound : list of Variable
        The variables that have no value.
    """

    def __init__(self, name, updates, unbound):
        self.name, self.updates, self.unbound = name, updates, unbound

    def __call__(self):
        """Raise :class:`~pytensor.graph.utils.MissingInputError`, naming the variables."""
        names = ", ".join(str(variable) for variable in self.unbound)
        raise MissingInputError(
            f"expected every variable of the graph to have a value; got none for: {names}. "
            "Declare them in inputs= or replace them through givens=."
        )

    def __repr__(self):
        return f"{type(self).__name__}(name={self.name!r}, unbound={self.unbound})"


def function(
    inputs,
    outputs=None,
    mode=None,
    updates=None,
    givens=None,
    no_default_updates=False,
    accept_inplace=False,
    name=None,
    rebuild_strict=True,
    allow_input_downcast=None,
    profile=None,
    on_unused_input=None,
    **unknown,
):
    """Compile a graph into a callable: :func:`pytensor.function` with Theano's arguments.

    Parameters
    ----------
    inputs : list of Variable or In
    outputs : Variable, Out, list of them, or None
    mode : None, str or Mode
        See :func:`symgen.theano.compile.mode.get_mode`; the default is symgen's fastest backend.
    updates : dict, iterable of pairs, or compiled function
        ``(shared, new expression)`` pairs. A compiled function lends the pairs it was built
        with, in the caller's variables and before its own ``givens``, so that this function's
        ``inputs`` and ``givens`` bind them.
    givens : dict or iterable of pairs, optional
        ``(variable, replacement)`` pairs. A float64 replacement of a float32 variable is cast,
        with a warning, where Theano raised ``TypeError``.
    no_default_updates : bool or list of SharedVariable
        Which ``default_update`` not to apply; ``False`` applies all.
    accept_inplace, name, rebuild_strict, allow_input_downcast, profile, on_unused_input
        As in PyTensor.
    **unknown
        Only an empty ``outputs_info``, which is :func:`theano.scan`'s argument, is accepted, with
        a warning.

    Returns
    -------
    pytensor.compile.executor.Function or UnboundFunction
        The latter when there are neither inputs nor outputs and the graph needs an input: it
        raises ``MissingInputError`` when it is called.

    Raises
    ------
    TypeError
        For any other argument, and for a non-empty ``outputs_info``.
    MissingInputError
        When the graph needs an input that is not in `inputs`.

    Examples
    --------
    >>> import symgen.theano as theano, symgen.theano.tensor as T
    >>> x = T.dscalar("x")
    >>> float(theano.function([x], x**2, mode="FAST_COMPILE")(3.0))
    9.0
    """
    _check_unknown(unknown)
    pairs = _pairs_of(updates)
    if givens is not None:
        givens = _matched(_as_pairs(givens))
    keywords = {}
    if no_default_updates is not False:
        keywords["no_default_updates"] = no_default_updates
    try:
        with warnings.catch_warnings():
            # Theano's documented argument; PyTensor's advice to set updates by hand is for others.
            warnings.filterwarnings(
                "ignore", "The no_default_updates parameter is deprecated", DeprecationWarning
            )
            compiled = pytensor.function(
                inputs,
                outputs,
                mode=get_mode(mode),
                updates=pairs,
                givens=givens,
                accept_inplace=accept_inplace,
                name=name,
                rebuild_strict=rebuild_strict,
                allow_input_downcast=allow_input_downcast,
                profile=profile,
                on_unused_input=on_unused_input,
                **keywords,
            )
    except MissingInputError:
        if inputs or not (outputs is None or outputs == []):
            raise
        return UnboundFunction(name, pairs, _unbound(pairs, givens))
    _update_pairs[compiled.maker] = pairs
    return compiled


def _check_unknown(unknown):
    for argument, value in unknown.items():
        if argument != "outputs_info":
            raise TypeError(f"theano.function() got an unexpected keyword argument {argument!r}")
        if not isinstance(value, list | tuple | dict) or value:
            raise TypeError(
                "theano.function() has no argument outputs_info; it belongs to theano.scan(). "
                f"Got {value!r}: move the loop into theano.scan(fn, outputs_info=...)."
            )
        warnings.warn(
            "theano.function() has no argument outputs_info; the empty one is ignored. "
            "Its place is theano.scan(fn, outputs_info=...).",
            stacklevel=3,
        )


def _pairs_of(updates):
    """The update pairs in `updates`, a list; a compiled function lends its own."""
    if updates is None:
        return []
    if isinstance(updates, UnboundFunction):
        return updates.updates
    if isinstance(updates, Function):
        if updates.maker not in _update_pairs:
            raise TypeError(
                "expected updates= to be a dict, pairs, or a function that theano.function() "
                f"returned; got {updates}, whose update pairs are not known. Pass the pairs."
            )
        return _update_pairs[updates.maker]
    return _as_pairs(updates)


def _as_pairs(pairs):
    return list(pairs.items()) if isinstance(pairs, dict) else list(pairs)


def _matched(givens):
    """The pairs of `givens`, each float64 replacement of a float32 variable cast to float32."""
    matched = []
    for variable, replacement in givens:
        if _is_tensor(variable, "float32") and _is_tensor(replacement, "float64", variable):
            warnings.warn(
                f"givens replaces the float32 variable {variable} by the float64 {replacement}: "
                "it is cast to float32. Theano raised TypeError here; with floatX=float32 "
                "(THEANO_FLAGS=floatX=float32, or theano.config.floatX) there is nothing to cast.",
                stacklevel=3,
            )
            replacement = cast(replacement, "float32")
        matched.append((variable, replacement))
    return matched


def _is_tensor(variable, dtype, like=None):
    return (
        isinstance(variable, Variable)
        and isinstance(variable.type, TensorType)
        and variable.dtype == dtype
        and (like is None or variable.ndim == like.ndim)
    )


def _unbound(pairs, givens):
    """The variables that the right-hand sides of `pairs` need and that have no value."""
    expressions = clone_replace([new for _, new in pairs], replace=givens)
    return [
        variable
        for variable in dict.fromkeys(graph_inputs(expressions))
        if not isinstance(variable, SharedVariable | Constant)
    ]
