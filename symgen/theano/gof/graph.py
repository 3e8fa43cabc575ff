"""``theano.gof.graph``: graphs of variables; what walks one returns a list, as in Theano."""

from collections import deque
from contextlib import contextmanager

# fmt: off
from pytensor.graph.basic import (
    Apply, Constant, Node, Variable, as_string, clone, clone_get_equiv, default_node_formatter,
    equal_computations, op_as_string,
)
from pytensor.graph.op import io_connection_pattern
from pytensor.graph.traversal import (
    apply_depends_on as is_in_ancestors, general_toposort, io_toposort,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)

#: How a variable without an owner is printed.
default_leaf_formatter = str


class NoParams:
    """What Theano's Ops without parameters had as their ``params_type``."""


def stack_search(start, expand, mode="bfs", build_inv=False):
    """Return the nodes that are reached from `start`, each once, in order.

    Parameters
    ----------
    start : deque
        Emptied.
    expand : callable
        The next nodes of a node: a list, or None.
    mode : {"bfs", "dfs"}
        Breadth first, or depth first from the last.
    build_inv : bool
        Return also a dict from each node to those that lead to it.

    Raises
    ------
    ValueError
        For another `mode`.
    """
    if mode not in ("bfs", "dfs"):
        raise ValueError("mode should be bfs or dfs", mode)
    take = start.popleft if mode == "bfs" else start.pop
    found, led_from = {}, {}
    while start:
        node = take()
        if id(node) in found:
            continue
        found[id(node)] = node
        following = list(expand(node) or ())
        for other in following:
            led_from.setdefault(other, []).append(node)
        start.extend(following)
    nodes = list(found.values())
    return (nodes, led_from) if build_inv else nodes


def ancestors(variable_list, blockers=None):
    """Return the variables that those in `variable_list` are computed from, and these.

    Parameters
    ----------
    variable_list : list of Variable
    blockers : collection of Variable, optional
        Variables to stop at.
    """
    blockers = set(blockers or ())

    def expand(variable):
        if variable.owner and variable not in blockers:
            return reversed(variable.owner.inputs)

    return stack_search(deque(variable_list), expand, "dfs")


def inputs(variable_list, blockers=None):
    """Return the variables without an owner among :func:`ancestors`, constants included."""
    return [v for v in ancestors(variable_list, blockers) if v.owner is None]


def variables_and_orphans(i, o):
    """Return the variables between `i` and `o`, and those of them that nothing computes.

    Parameters
    ----------
    i, o : list of Variable
        Inputs and outputs; both belong to the result.
    """
    given = set(i)

    def expand(variable):
        if variable.owner and variable not in given:
            return reversed([*variable.owner.inputs, *variable.owner.outputs])

    between = stack_search(deque(o), expand, "dfs")
    return between, [v for v in between if v.owner is None and v not in given]


def variables(i, o):
    """Return the variables between `i` and `o`, with both."""
    return variables_and_orphans(i, o)[0]


def orphans(i, o):
    """Return the variables that `o` needs and that neither `i` nor anything else gives."""
    return variables_and_orphans(i, o)[1]


def ops(i, o):
    """Return the set of Apply nodes between `i` and `o`."""
    given = set(i)
    return {v.owner for v in variables(i, o) if v not in given and v.owner is not None}


def list_of_nodes(inputs, outputs):
    """Return the Apply nodes between `inputs` and `outputs`, from the outputs on."""
    given = set(inputs)

    def expand(node):
        return [v.owner for v in node.inputs if v.owner and not given & set(v.owner.outputs)]

    return stack_search(deque(v.owner for v in outputs if v.owner is not None), expand)


def view_roots(r):
    """Return the variables whose memory `r` is a view of."""
    owner = r.owner
    if owner is None:
        return [r]
    places = getattr(owner.op, "view_map", {}).get(owner.outputs.index(r))
    if not places:
        return [r]
    return [root for place in places for root in view_roots(owner.inputs[place])]


@contextmanager
def nodes_constructed():
    """Collect the variables that are built within: ``with nodes_constructed() as new: ...``."""
    new, plain = [], Apply.__init__

    def build(self, op, inputs, outputs):
        plain(self, op, inputs, outputs)
        new.extend(self.outputs)

    Apply.__init__ = build
    try:
        yield new
    finally:
        Apply.__init__ = plain


def is_same_graph(var1, var2, givens=None, debug=False):
    """Whether two variables are computed the same way from the same inputs.

    Parameters
    ----------
    var1, var2 : Variable
    givens : dict or list of pairs, optional
        Variables of either graph and what stands in their place.
    debug : bool
        Ignored in Theano too, but for checks of itself: only ``False``.
    """
    from pytensor.graph.replace import clone_replace

    if debug:
        raise TypeError("is_same_graph() has no debug=True here: there is one algorithm")
    if givens:
        var1, var2 = clone_replace([var1, var2], replace=givens)
    return equal_computations([var1], [var2])
