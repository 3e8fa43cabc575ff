"""``config.compute_test_value``: every expression is computed, on examples, while it is built.

An example is ``variable.tag.test_value``. While the option is on, ``Op.__call__`` gives each new
variable its own; while it is off, nothing here runs.
"""

import functools
import warnings
from contextlib import contextmanager

from pytensor.compile.maker import FunctionMaker
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import Op
from pytensor.graph.utils import get_variable_trace_string
from pytensor.scalar.basic import ScalarOp

#: What the option can be.
ACTIONS = ("off", "ignore", "warn", "raise", "pdb")

_plain_call = Op.__call__
_plain_maker = FunctionMaker.__init__
_state = {"action": "off", "compiling": "off", "busy": 0, "lenient": 0}


def switch(action):
    """Set what happens when an expression is built.

    Parameters
    ----------
    action : {"off", "ignore", "warn", "raise", "pdb"}
        What to do about a variable without an example; ``"off"`` computes nothing at all.
    """
    if action not in ACTIONS:
        raise ValueError(f"expected compute_test_value to be one of {ACTIONS}; got {action!r}")
    _state["action"] = action
    _install()


def switch_compiling(action):
    """Set what happens when a rewrite builds an expression; no missing example is an error."""
    _state["compiling"] = action
    _install()


def _install():
    on = _state["action"] != "off" or _state["compiling"] != "off"
    Op.__call__ = _computing_call if on else _plain_call
    FunctionMaker.__init__ = _quiet_maker if on else _plain_maker


@functools.wraps(_plain_maker)
def _quiet_maker(self, *args, **kwargs):
    with compiling():
        _plain_maker(self, *args, **kwargs)


@contextmanager
def compiling():
    """Within it, what ``config.compute_test_value_opt`` says counts."""
    before = _state["action"]
    _state["action"] = _state["compiling"]
    try:
        with lenient():
            yield
    finally:
        _state["action"] = before


@contextmanager
def off():
    """Within it nothing is computed: for graphs that are not the user's own."""
    _state["busy"] += 1
    try:
        yield
    finally:
        _state["busy"] -= 1


@contextmanager
def lenient():
    """Within it an example that is missing is no error, as in the graphs of gradients."""
    _state["lenient"] += 1
    try:
        yield
    finally:
        _state["lenient"] -= 1


def get_test_value(variable):
    """Return the example of `variable`: its tag's, a constant's or a shared variable's value.

    Raises
    ------
    AttributeError
        When it has none.
    TypeError
        When it is not of the variable's type.
    """
    if isinstance(variable, Constant):
        return variable.data
    if isinstance(variable, SharedVariable):
        return variable.get_value(borrow=True, return_internal_type=True)
    if isinstance(variable, Variable) and hasattr(variable.tag, "test_value"):
        try:
            return variable.type.filter(variable.tag.test_value)
        except Exception as error:
            error.args = (
                "For compute_test_value, one input test value does not have the requested type.\n"
                + get_variable_trace_string(variable)
                + "\nThe error when converting the test value to that variable type:\n"
                + "\n".join(map(str, error.args)),
            )
            raise
    raise AttributeError(f"{variable} has no test value {get_variable_trace_string(variable)}")


@functools.wraps(_plain_call)
def _computing_call(self, *inputs, **kwargs):
    result = _plain_call(self, *inputs, **kwargs)
    if not _state["busy"] and _state["action"] != "off":
        first = result[0] if isinstance(result, list | tuple) and result else result
        if isinstance(first, Variable) and first.owner is not None:
            _compute(first.owner)
    return result


def _compute(node):
    values = []
    for place, variable in enumerate(node.inputs):
        try:
            values.append(get_test_value(variable))
        except AttributeError:
            _say_missing(node, place, variable)
            return
    for places in (getattr(node.op, "destroy_map", None) or {}).values():
        for place in places:
            values[place] = values[place].copy()
    outputs = node.outputs
    if hasattr(node.op, "clone"):  # compiling it would rewrite the graph within
        node = Apply(node.op.clone(), node.inputs, [v.clone() for v in outputs])
    storage = {v: [value] for v, value in zip(node.inputs, values, strict=True)}
    ready = {v: [True] for v in node.inputs}
    storage |= {v: [None] for v in node.outputs}
    ready |= {v: [False] for v in node.outputs}
    with off():
        # No compiler is waited for, except by Ops that have nothing else.
        implementation = "py" if type(node.op).perform is not _no_perform() else None
        thunk = node.op.make_thunk(node, storage, ready, no_recycling=[], impl=implementation)
        thunk()
    for variable, computed in zip(outputs, node.outputs, strict=True):
        variable.tag.test_value = storage[computed][0]


def _no_perform():
    from symgen.theano.gof.op import Op as TheanoOp

    return TheanoOp.perform


def _say_missing(node, place, variable):
    action = _state["action"]
    if action == "ignore" or _state["lenient"] or isinstance(node.op, ScalarOp):
        return
    said = (
        f"Cannot compute test value: input {place} ({variable}) of Op {node} missing default "
        f"value. {get_variable_trace_string(variable)}"
    )
    if action == "warn":
        warnings.warn(f"Warning, {said}", stacklevel=5)
        return
    if action == "pdb":
        import pdb

        pdb.set_trace()
        return
    raise ValueError(said)


def action():
    """What the option is now."""
    return _state["action"] if not _state["busy"] else "off"
