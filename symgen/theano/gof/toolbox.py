"""``theano.gof.toolbox``: features of graphs, PyTensor's under Theano's names and two of Theano's."""

from functools import partial

# fmt: off
from pytensor.graph.features import (
    AlreadyThere, BadOptimization, Bookkeeper, Feature, History, NoOutputFromInplace,
    PreserveVariableAttributes, ReplaceValidate, ReplacementDidNotRemoveError as
    ReplacementDidntRemovedError, Validator,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


class NodeFinder(Bookkeeper):
    """Gives the graph that it is attached to ``fgraph.get_nodes(op)``: the nodes of an Op.

    Attributes
    ----------
    fgraph : FunctionGraph or None
    d : dict
        Op -> its nodes. Nodes of an Op that cannot be hashed are not found.
    """

    def __init__(self):
        self.fgraph = None
        self.d = {}

    def on_attach(self, fgraph):
        """Start to watch `fgraph`.

        Raises
        ------
        ValueError
            When this watches another graph.
        AlreadyThere
            When the graph has a ``get_nodes`` already.
        """
        if self.fgraph is not None:
            raise ValueError("A NodeFinder instance can only serve one FunctionGraph.")
        if hasattr(fgraph, "get_nodes"):
            raise AlreadyThere("NodeFinder is already present or in conflict with another plugin.")
        self.fgraph = fgraph
        fgraph.get_nodes = partial(self.query, fgraph)
        super().on_attach(fgraph)

    def on_detach(self, fgraph):
        """Leave `fgraph`.

        Raises
        ------
        ValueError
            When this watches another one.
        """
        if self.fgraph is not fgraph:
            raise ValueError("This NodeFinder instance was not attached to the provided fgraph.")
        self.fgraph = None
        del fgraph.get_nodes
        super().on_detach(fgraph)

    def on_import(self, fgraph, node, reason):
        """Remember a new node."""
        if _is_hashable(node.op):
            self.d.setdefault(node.op, []).append(node)

    def on_prune(self, fgraph, node, reason):
        """Forget a node."""
        if _is_hashable(node.op):
            self.d[node.op].remove(node)
            if not self.d[node.op]:
                del self.d[node.op]

    def query(self, fgraph, op):
        """Return the list of the nodes of `op`.

        Raises
        ------
        TypeError
            When `op` cannot be hashed.
        """
        return list(self.d.get(op, ()))


def _is_hashable(op):
    try:
        hash(op)
    except TypeError:
        return False
    return True


class PrintListener(Feature):
    """Prints what happens to the graph that it is attached to.

    Parameters
    ----------
    active : bool
        Whether it prints.
    """

    def __init__(self, active=True):
        self.active = active

    def _say(self, message):
        if self.active:
            print(f"-- {message}")

    def on_attach(self, fgraph):
        """Say so."""
        self._say(f"attaching to:  {fgraph}")

    def on_detach(self, fgraph):
        """Say so."""
        self._say(f"detaching from:  {fgraph}")

    def on_import(self, fgraph, node, reason):
        """Say which node comes, and why."""
        self._say(f"importing: {node}, reason: {reason}")

    def on_prune(self, fgraph, node, reason):
        """Say which node goes, and why."""
        self._say(f"pruning: {node}, reason: {reason}")

    def on_change_input(self, fgraph, node, i, r, new_r, reason=None):
        """Say which input is replaced by what."""
        self._say(f"changing ({node}.inputs[{i}]) from {r} to {new_r}")
