"""``theano.scan_module.scan_utils``: copies of graphs with parts replaced, and helpers of scan."""

import numpy as np

# fmt: off
from pytensor.graph.basic import equal_computations
from pytensor.graph.replace import clone_replace
from pytensor.scan.basic import get_updates_and_outputs
from pytensor.scan.utils import (
    ScanArgs as scan_args, Validator, expand_empty, forced_replace, reconstruct_graph, safe_new,
    until,
)
# fmt: on
from pytensor.compile.builders import infer_shape
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.traversal import graph_inputs, io_toposort

from symgen.errors import NotSupportedError
from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


def clone(output, replace=None, strict=True, share_inputs=True):
    """Return a copy of a graph, some of its variables replaced.

    Parameters
    ----------
    output : Variable or list of Variable
    replace : dict or list of pairs, optional
        Variable -> its replacement.
    strict : bool
        Whether a replacement must have the type of what it replaces.
    share_inputs : bool
        Whether the copy reads the same inputs, or copies of them.

    Returns
    -------
    Variable or list of Variable
        As `output`.

    Raises
    ------
    ValueError
        When `replace` is neither a dict nor a list of pairs.
    """
    if replace is not None and not isinstance(replace, dict | list | tuple):
        raise ValueError(
            f"replace is neither a dictionary, list, tuple or None; it is {replace!r}"
        )
    return clone_replace(
        output, replace=replace, rebuild_strict=strict, copy_inputs_over=share_inputs
    )


def hash_listsDictsTuples(x):
    """Return a hash of nested lists, tuples and dicts of what has a hash."""
    if isinstance(x, dict):
        return hash(frozenset((key, hash_listsDictsTuples(value)) for key, value in x.items()))
    if isinstance(x, list | tuple):
        return hash(tuple(hash_listsDictsTuples(item) for item in x))
    return hash(x)


def isNaN_or_Inf_or_None(x):
    """Whether `x` is None, or a number that is not finite."""
    if x is None:
        return True
    if isinstance(x, Constant):
        x = x.data
    if isinstance(x, Variable | str):
        return False
    return not bool(np.all(np.isfinite(x)))


def map_variables(replacer, graphs, additional_inputs=()):
    """Return copies of `graphs` in which ``replacer(variable)`` stands for each variable.

    Parameters
    ----------
    replacer : callable
        From a variable to itself or to what replaces it. What it puts into the graph is not
        replaced again.
    graphs : iterable of Variable
    additional_inputs : iterable of Variable
        Inputs that only the replacements read.

    Raises
    ------
    NotImplementedError
        When a shared variable with an update would come into the graph of a loop.
    """
    graphs = list(graphs)
    return _Mapping(replacer).map(graphs)


class _Mapping:
    """One walk over graphs and the graphs within their Ops."""

    def __init__(self, replacer):
        self.replacer, self.put_in = replacer, set()

    def replace(self, variable):
        if variable in self.put_in:
            return variable
        new = self.replacer(variable)
        self.put_in.add(new)
        return new

    def map(self, graphs, replace=None):
        replace = replace or self.replace
        new = {}
        for variable in graph_inputs(graphs):
            new[variable] = replace(variable)
        for node in io_toposort([], graphs):
            inputs = [new.get(v, v) for v in node.inputs]
            rebuilt = self.rebuild(node, inputs)
            for old, made in zip(node.outputs, rebuilt, strict=True):
                # The replacer sees the variable of the new graph, its tag and name included.
                if made is not old:
                    made.tag.__dict__.update(
                        {k: v for k, v in old.tag.__dict__.items() if k != "trace"}
                    )
                    made.name = old.name
                new[old] = replace(made)
        return [new.get(graph, graph) for graph in graphs]

    def rebuild(self, node, inputs):
        from pytensor.compile.builders import OpFromGraph
        from pytensor.scan.op import Scan

        if isinstance(node.op, Scan | OpFromGraph):
            return self.rebuild_inner(node, inputs)
        same = all(one is other for one, other in zip(inputs, node.inputs, strict=True))
        return node.outputs if same else node.clone_with_new_inputs(inputs).outputs

    def rebuild_inner(self, node, inputs):
        from pytensor.scan.op import Scan

        op = node.op
        graph = op.fgraph.unfreeze() if hasattr(op.fgraph, "unfreeze") else op.fgraph
        inner, outer = list(graph.inputs), list(inputs)
        if isinstance(op, Scan):
            within = dict(zip(op.outer_non_seqs(node.inputs), op.inner_non_seqs(inner), strict=True))
            within.update(zip(op.outer_non_seqs(inputs), op.inner_non_seqs(inner), strict=True))
        else:
            within = dict(zip([*node.inputs, *inputs], inner * 2, strict=True))
            within.update(zip(getattr(op, "given_inputs", ()), inner, strict=False))
        own = set(inner)
        more = []

        def replace(variable):
            new = self.replace(variable)
            places = {}
            for source in graph_inputs([new]):
                if isinstance(source, Constant) or source in own:
                    continue
                if any(getattr(source, a, None) is not None for a in ("update", "default_update")):
                    raise NotImplementedError(
                        f"The replacement brings the shared variable {source}, which has an "
                        f"update, into the graph of {op}: that is not supported."
                    )
                if source not in within:
                    within[source] = source.type()
                    more.append((source, within[source]))
                    own.add(within[source])
                places[source] = within[source]
            return clone_replace([new], replace=places)[0] if places else new

        outputs = self.map(list(graph.outputs), replace)
        if not more and all(a is b for a, b in zip(outputs, graph.outputs, strict=True)):
            same = all(one is other for one, other in zip(inputs, node.inputs, strict=True))
            return node.outputs if same else node.clone_with_new_inputs(inputs).outputs
        inner, outer = inner + [i for _, i in more], outer + [o for o, _ in more]
        if isinstance(op, Scan):
            info = op.info
            changed = info.__class__(
                **{
                    **{name: getattr(info, name) for name in info.__dataclass_fields__},
                    "n_non_seqs": info.n_non_seqs + len(more),
                }
            )
            new_op = Scan(
                inner,
                outputs,
                changed,
                mode=op.mode,
                truncate_gradient=op.truncate_gradient,
                name=op.name,
                profile=op.profile,
                allow_gc=op.allow_gc,
                strict=op.strict,
            )
        else:
            from symgen.theano.compile.builders import OpFromGraph

            kwargs = {k: v for k, v in op.kwargs.items() if k != "on_unused_input"}
            new_op = OpFromGraph(inner, outputs, inline=op.is_inline, name=op.name, **kwargs)
        return new_op.make_node(*outer).outputs


def scan_can_remove_outs(op, out_idxs):
    """Refuse: PyTensor finds outputs that are not needed by itself."""
    raise NotSupportedError(
        "the rewrites of scan to be PyTensor's", "scan_can_remove_outs", "Leave it out."
    )


def compress_outs(op, not_required, inputs):
    """Refuse: PyTensor removes outputs that are not needed by itself."""
    raise NotSupportedError("the rewrites of scan to be PyTensor's", "compress_outs", "Leave it out.")
