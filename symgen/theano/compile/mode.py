"""From Theano's mode names to PyTensor modes: what ``mode=`` means in this namespace."""

import functools
import sys

import pytensor
from pytensor.compile.mode import (
    FAST_COMPILE,
    OPT_FAST_COMPILE,
    OPT_FAST_RUN,
    OPT_FAST_RUN_STABLE,
    OPT_MERGE,
    OPT_NONE,
    OPT_O2,
    OPT_O3,
    OPT_STABILIZE,
    OPT_UNSAFE,
    AddDestroyHandler,
    AddFeatureOptimizer,
    Mode,
    PrintCurrentFunctionGraph,
    local_useless,
    predefined_linkers,
    predefined_modes,
    predefined_optimizers,
    register_linker,
    register_optimizer,
)
from pytensor.compile.mode import get_mode as pytensor_mode
from pytensor.compile.mode import optdb as pytensor_optdb

from pytensor.graph.op import HasInnerGraph
from pytensor.graph.traversal import ancestors

from symgen import backends
from symgen import config as symgen_config
from symgen.backends.host import NumbaLinker
from symgen.ops.random_state import RandomFunction
from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.own_rewrites import WithOwnRewrites
from symgen.theano.configparser import config, link_blas

#: No rewrites are left out of the modes.
exclude = []

#: What functions of this namespace are rewritten by.
optdb = WithOwnRewrites(pytensor_optdb)

_refuse = attribute_lookup(__name__)


def __getattr__(name):
    if name == "FAST_RUN":  # symgen's fastest backend, which is chosen when it is asked for
        return get_mode("FAST_RUN")
    if name == "instantiated_default_mode":
        return get_default_mode()
    return _refuse(name)



def get_mode(mode=None):
    """Return the PyTensor mode that Theano's `mode` stands for.

    Parameters
    ----------
    mode : None, str or Mode
        ``None`` takes ``theano.config.mode``. ``"Mode"`` (its default) and ``"FAST_RUN"`` are
        symgen's default mode, the fastest backend of this machine
        (:func:`symgen.backends.select`), unless ``config.linker`` or ``config.cxx`` was set: a
        linker is taken as it is, and ``cxx=`` (no compiler) means Python code, as in Theano.
        With ``"Mode"``, ``config.optimizer`` counts too. Other names, such as
        ``"FAST_COMPILE"``, ``"DebugMode"`` or ``"NanGuardMode"``, are PyTensor's modes of that
        name; a ``Mode`` is returned as it is.

    Raises
    ------
    ValueError
        For a name that PyTensor does not know.
    """
    name = pytensor.config.mode if mode is None else mode
    if isinstance(name, str) and name in predefined_modes:
        link_blas()
        return predefined_modes[name]
    if isinstance(name, str) and name.upper() in ("MODE", "FAST_RUN"):
        by_optimizer = name.upper() == "MODE" and config.was_set("optimizer")
        found = _changed(
            _fast_mode(),
            config.optimizer if by_optimizer else None,
            config.optimizer_excluding,
            config.optimizer_including,
            config.optimizer_requiring,
        )
    else:
        link_blas()
        found = pytensor_mode(name)
    return found


def mode_for(mode, outputs):
    """Return the mode that :func:`get_mode` returns, unless the graph cannot run in it.

    Numba, which symgen takes by itself where there is no compiler, has no ``RandomState``: then
    Python runs a graph with :class:`RandomStreams`, and says so once. A backend that was asked for
    by name is taken at its word, and raises.

    Parameters
    ----------
    mode : None, str or Mode
    outputs : list of Variable
        All that is computed, updates included.
    """
    found = get_mode(mode)
    chosen = not isinstance(mode, Mode) and symgen_config.backend() == "auto"
    if chosen and isinstance(found.linker, NumbaLinker) and _draws_from_random_states(outputs):
        _say_that_python_runs()
        return backends.select("py")
    return found


@functools.cache
def _say_that_python_runs():
    print(
        "symgen: backend py for graphs with RandomStreams, which Numba cannot draw: "
        "MRG_RandomStreams has the same methods and is faster",
        file=sys.stderr,
    )


def _draws_from_random_states(outputs):
    for variable in ancestors(outputs):
        op = getattr(variable.owner, "op", None)
        if isinstance(op, RandomFunction):
            return True
        if isinstance(op, HasInnerGraph) and _draws_from_random_states(op.inner_outputs):
            return True
    return False


@functools.cache
def _changed(mode, optimizer, *tags):
    """`mode` with another optimizer, without, with and requiring tags; the same for the same."""
    if optimizer is not None:
        mode = mode.clone(optimizer=optimizer)
    for change, joined in zip(("excluding", "including", "requiring"), tags, strict=True):
        if joined:
            mode = getattr(mode, change)(*joined.split(":"))
    return mode


@functools.cache
def _mode_of_linker(linker):
    return Mode(linker=linker, optimizer="fast_run")


def get_default_mode():
    """Return the mode of functions that are compiled without ``mode=``."""
    return get_mode(None)


def _fast_mode():
    linker = pytensor.config.linker
    if linker != "auto":
        link_blas()
        return _mode_of_linker(linker)
    if config.was_set("cxx") and not pytensor.config.cxx:
        return backends.select("py")
    found = backends.select()
    if config.was_set("blas.ldflags"):  # a backend that links a BLAS of its own may not have known
        pytensor.config.blas__ldflags = config.blas.ldflags
    return found


def register_mode(name, mode):
    """Give `mode` a name, for ``mode=name``.

    Raises
    ------
    ValueError
        When the name is taken.
    """
    if name in predefined_modes or name.upper() in ("MODE", "FAST_RUN"):
        raise ValueError(f"Mode name already taken: {name}")
    predefined_modes[name] = mode
