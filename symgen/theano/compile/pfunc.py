"""``theano.compile.pfunc``: the former names of :func:`theano.function` and its parts."""

import warnings

# fmt: off
from pytensor.compile.rebuild import rebuild_collect_shared
# fmt: on
from pytensor.compile.sharedvalue import SharedVariable, shared

from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.function import function, iter_over_pairs
from symgen.theano.compile.io import In

__all__ = [
    "Param",
    "SharedVariable",
    "iter_over_pairs",
    "pfunc",
    "rebuild_collect_shared",
    "shared",
]

__getattr__ = attribute_lookup(__name__)


def Param(
    variable,
    default=None,
    name=None,
    mutable=False,
    strict=False,
    allow_downcast=None,
    implicit=None,
    borrow=None,
):
    """Return an :class:`In`: the former name, in which the value is called ``default``."""
    warnings.warn(
        "The Param class is deprecated. Replace Param(default=N) by theano.In(value=N)",
        stacklevel=2,
    )
    return In(
        variable,
        name=name,
        value=default,
        mutable=mutable,
        strict=strict,
        allow_downcast=allow_downcast,
        implicit=implicit,
        borrow=borrow,
    )


def pfunc(
    params,
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
    output_keys=None,
):
    """Return :func:`theano.function` of these arguments; `output_keys` names the outputs."""
    if output_keys is not None:
        outputs = dict(zip(output_keys, outputs, strict=True))
    return function(
        params,
        outputs,
        mode=mode,
        updates=updates,
        givens=givens,
        no_default_updates=no_default_updates,
        accept_inplace=accept_inplace,
        name=name,
        rebuild_strict=rebuild_strict,
        allow_input_downcast=allow_input_downcast,
        profile=profile,
        on_unused_input=on_unused_input,
    )
