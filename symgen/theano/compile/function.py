"""``theano.function``: PyTensor's, with Theano's defaults and what old programs rely on."""

import os
import pickle
import sys
import warnings
import weakref

import numpy as np
import pytensor
from pytensor.compile.debug.profiling import ProfileStats
from pytensor.compile.executor import Function
from pytensor.compile.rebuild import UnusedInputError, construct_function_ins_and_outs
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.replace import clone_replace
from pytensor.graph.traversal import graph_inputs
from pytensor.graph.utils import MissingInputError
from pytensor.link.basic import Container
from pytensor.tensor import as_tensor_variable, cast
from pytensor.tensor.type import TensorType

from symgen.ops.rebroadcast import Rebroadcast
from symgen.theano import _test_values
from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.function_module import (
    Function as TheanoFunction,
    GeneralFunction,
    ListFunction,
    convert_function_input,
)
from symgen.theano.compile.mode import mode_for
from symgen.theano.compile.own_rewrites import with_own_rewrites

__all__ = ["UnboundFunction", "function", "function_dump", "iter_over_pairs"]

__getattr__ = attribute_lookup(__name__)

# FunctionMaker -> the update pairs that its function was built with, in the caller's variables.
_update_pairs = weakref.WeakKeyDictionary()

# This package's folder: a function is named after the first line outside of it.
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


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
    inputs : list of Variable, In, or tuples
        A tuple is ``(x, value)`` or ``((x, update), value)``, with a name before it or without:
        an input with a default value, or with a state. A list with tuples allows neither
        ``updates`` nor ``givens``.
    outputs : Variable, Out, list or dict of them, or None
        For a dict, whose keys are strings, the function returns a dict.
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
    name : str, optional
        By default the file and the line that called, ``"file.py:12"``.
    accept_inplace, rebuild_strict, allow_input_downcast, profile, on_unused_input
        As in PyTensor.
    **unknown
        Only an empty ``outputs_info``, which is :func:`theano.scan`'s argument, is accepted, with
        a warning.

    Returns
    -------
    symgen.theano.compile.function_module.Function or UnboundFunction
        The latter when there are neither inputs nor outputs and the graph needs an input: it
        raises ``MissingInputError`` when it is called.

    Raises
    ------
    AssertionError
        For a key of ``outputs`` that is not a string.
    NotImplementedError
        For tuples as inputs together with ``updates`` or ``givens``.
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
    inputs = _checked_inputs(inputs, updates, givens)
    outputs, keys = _split_outputs(outputs)
    pairs = [_fitting(*pair) if len(pair) == 2 else pair for pair in _pairs_of(updates)]
    if givens is not None:
        givens = _matched(_as_pairs(givens))
    name = _place_of_call() if name is None else name
    with _test_values.compiling():
        return _compile(
            inputs, outputs, keys, pairs, givens, mode, name, profile, accept_inplace,
            no_default_updates, rebuild_strict, allow_input_downcast, on_unused_input,
        )  # fmt: skip


def _compile(
    inputs, outputs, keys, pairs, givens, mode, name, profile, accept_inplace,
    no_default_updates, rebuild_strict, allow_input_downcast, on_unused_input,
):  # fmt: skip
    try:
        specs, cloned = construct_function_ins_and_outs(
            inputs,
            outputs,
            updates=pairs,
            givens=givens,
            no_default_updates=no_default_updates,
            rebuild_strict=rebuild_strict,
            allow_input_downcast=allow_input_downcast,
        )
        computed = [getattr(out, "variable", out) for out in _as_list(cloned)] + [
            spec.update for spec in specs if spec.update is not None
        ]
        mode = with_own_rewrites(mode_for(mode, computed))
        maker = mode.function_maker(
            specs,
            cloned,
            mode,
            accept_inplace=accept_inplace,
            function_class=_class_for(specs, outputs, keys),
            profile=_profile(profile, name),
            on_unused_input=on_unused_input,
            name=name,
        )
        compiled = maker.create()
    except MissingInputError:
        if inputs or not (outputs is None or outputs == []):
            raise
        return UnboundFunction(name, pairs, _unbound(pairs, givens))
    compiled.output_keys = keys
    compiled.name = name
    _update_pairs[compiled.maker] = pairs
    return compiled


def _as_list(outputs):
    """The outputs, variables or :class:`Out`: of one, of several, or of none."""
    if outputs is None:
        return []
    return outputs if isinstance(outputs, list | tuple) else [outputs]


def _checked_inputs(inputs, updates, givens):
    if not isinstance(inputs, list | tuple):
        raise TypeError(
            "Input variables of a Theano function should be contained in a list, even when there "
            f"is a single input; got {inputs!r}."
        )
    if any(isinstance(spec, list | tuple) for spec in inputs):
        if updates or givens:
            raise NotImplementedError(
                "expected neither updates nor givens with tuples as inputs; write theano.In "
                "in their place"
            )
        inputs = [convert_function_input(spec) for spec in inputs]
    seen = {}
    for i, spec in enumerate(inputs):
        first = seen.setdefault(getattr(spec, "variable", spec), i)
        if first != i:
            raise UnusedInputError(
                f"Variable {spec} is used twice in inputs to theano.function, at indices {first} "
                f"and {i}: values provided for the first one would be ignored. Give it once."
            )
    return inputs


def _split_outputs(outputs):
    """The outputs as a list where they are a dict, and the keys of the latter."""
    if not isinstance(outputs, dict):
        return outputs, None
    for key in outputs:
        if not isinstance(key, str):
            raise AssertionError(f"expected the keys of outputs to be strings; got {key!r}")
    keys = sorted(outputs)
    return [outputs[key] for key in keys], keys


def _class_for(specs, outputs, keys):
    """The plainest class that can do what the function has to: each call pays for the rest."""
    own = (
        spec.value is not None and not isinstance(spec.value, Container | Variable)
        for spec in specs
    )
    if any(own) or keys is not None:
        return GeneralFunction
    return ListFunction if isinstance(outputs, list | tuple) else TheanoFunction


def _profile(profile, name):
    if profile is None:
        profile = pytensor.config.profile or pytensor.config.print_global_stats or None
    if profile is True:
        return ProfileStats(message=name)
    if isinstance(profile, str):
        return ProfileStats(message=profile)
    return profile


def _place_of_call():
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def iter_over_pairs(pairs):
    """Return the pairs of a dict, or `pairs` itself."""
    return pairs.items() if isinstance(pairs, dict) else pairs


def function_dump(
    filename,
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
    extra_tag_to_remove=None,
):
    """Write the arguments of :func:`function` to a file, as a pickled dict.

    Parameters
    ----------
    filename : str
    extra_tag_to_remove : str, optional
        Name of an attribute of the variables' tags that is left out.
    inputs, outputs, mode, updates, givens, no_default_updates, accept_inplace, name, \
    rebuild_strict, allow_input_downcast, profile, on_unused_input
        The arguments; ``function(**loaded)`` compiles them.
    """
    from pytensor.misc.pkl_utils import StripPickler

    arguments = {
        "inputs": inputs,
        "outputs": outputs,
        "mode": mode,
        "updates": updates,
        "givens": givens,
        "no_default_updates": no_default_updates,
        "accept_inplace": accept_inplace,
        "name": name,
        "rebuild_strict": rebuild_strict,
        "allow_input_downcast": allow_input_downcast,
        "profile": profile,
        "on_unused_input": on_unused_input,
    }
    with open(filename, "wb") as file:
        StripPickler(
            file, protocol=pickle.HIGHEST_PROTOCOL, extra_tag_to_remove=extra_tag_to_remove
        ).dump(arguments)


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


def _fitting(variable, new):
    """The pair, an array as `new` made to know no more of its lengths than `variable` does."""
    tensor = isinstance(variable, Variable) and isinstance(variable.type, TensorType)
    if tensor and isinstance(new, np.ndarray) and new.ndim:
        new = as_tensor_variable(new)
        if new.ndim == variable.ndim:
            lengths = zip(new.type.shape, variable.type.shape, strict=True)
            axes = [i for i, (known, kept) in enumerate(lengths) if known == 1 != kept]
            new = Rebroadcast(*((i, False) for i in axes))(new) if axes else new
    return variable, new


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
