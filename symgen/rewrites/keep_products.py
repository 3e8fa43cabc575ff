"""Let a scan keep the matrix products that its gradient would compute again.

PyTensor's gradient of a scan is a scan that runs backwards over the states of the forward one. All
else that it needs of a step it computes once more: a recurrent network's pre-activations,
``x_t + dot(h_{t-1}, W)``, are a third of its products. Here the forward scan gets one more output for
such a product, with what is added to it, and the backward scan reads that as a sequence. It takes
memory: the number of steps times the size of the product. Where all that the gradient needs is some
functions of the product that are not larger, a recurrent network's gates, those are kept instead.
"""

import math

from pytensor.graph.basic import Constant
from pytensor.graph.replace import graph_replace
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.graph.traversal import explicit_graph_inputs, io_toposort
from pytensor.scalar.basic import Add, Second
from pytensor.scan.op import Scan
from pytensor.scan.utils import ScanArgs
from pytensor.tensor.basic import ScalarFromTensor, alloc
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Dot
from pytensor.tensor.shape import Reshape, Shape, Shape_i
from pytensor.tensor.subtensor import Subtensor, indices_from_subtensor

from symgen.ops.conv.op import ConvOp

# After PyTensor has moved out of the scans what does not belong there, at 0.05, and before it
# canonicalises the graph, after which the slices of a gradient are no longer as it made them.
POSITION = 0.06


class KeepProducts(GraphRewriter):
    """For each scan, and each scan that runs backwards over its states."""

    def apply(self, fgraph):
        """Rewrite `fgraph`."""
        done = set()
        while True:
            found = next((p for p in _pairs(fgraph) if (p[0].op, p[1].op) not in done), None)
            if found is None:
                return
            replacements = keep_products(*found)
            if replacements:
                fgraph.replace_all(replacements, reason="keep_products")
            else:
                done.add((found[0].op, found[1].op))


def _pairs(fgraph):
    """Each scan with a scan whose results it reads backwards: ``(forward, backward)``."""
    for backward in filter(_is_plain_scan, fgraph.toposort()):
        for sequence in ScanArgs.from_node(backward).outer_in_seqs:
            for variable, _ in read_backwards(sequence, backward.inputs[0]):
                if variable.owner is not None and _is_plain_scan(variable.owner):
                    yield variable.owner, backward


def _is_plain_scan(node):
    return isinstance(node.op, Scan) and not node.op.info.as_while


def keep_products(forward, backward):
    """Let `backward` read the products that it has in common with `forward`.

    Parameters
    ----------
    forward, backward : Apply
        Scans; the step s of `backward` reads what `forward` had in the step s from its end.

    Returns
    -------
    list of (Variable, Variable)
        Old and new outputs of both; empty where they have no product in common.
    """
    old = ScanArgs.from_node(forward, clone=True)
    new = ScanArgs.from_node(backward, clone=True)
    numbers = {}
    of_forward = _number_expressions(old, {}, numbers)
    known = {number: variable for variable, number in reversed(of_forward.items())}
    read = _read_from(forward, old, backward, new, of_forward)
    of_backward = _number_expressions(new, read, numbers)
    common = _common_products(new, of_backward, known)
    common = _functions_of(common, new, of_backward, known)
    if not common:
        return []

    for number in dict.fromkeys(common.values()):
        old.inner_out_nit_sot.append(known[number])
        old.outer_in_nit_sot.append(old.n_steps)
    with_kept = rebuild(forward, old)
    first = len(with_kept) - len(old.outer_out_shared) - len(set(common.values()))
    kept = dict(zip(dict.fromkeys(common.values()), with_kept[first:]))
    same = with_kept[:first] + with_kept[first + len(kept) :]

    sequences = {}
    for number, trace in kept.items():
        sequences[number] = known[number].type()
        new.inner_in_seqs.append(sequences[number])
        new.outer_in_seqs.append(trace[::-1][: new.n_steps])
    replaced = {variable: sequences[number] for variable, number in common.items()}
    replace_in_step(new, replaced)
    replace_in_step(new, _filled_by_shape(new))
    _leave_out_unread(new)
    return [
        *zip(forward.outputs, same, strict=True),
        *zip(backward.outputs, rebuild(backward, new), strict=True),
    ]


def read_backwards(sequence, steps):
    """What a backward scan reads by an outer sequence.

    Parameters
    ----------
    sequence : Variable
        As PyTensor's gradient makes it: ``v[a:-k][::-1][:steps]`` or ``v[::-1][:-a][:steps]``.
    steps : Variable
        How many steps the backward scan has.

    Returns
    -------
    list of (Variable, int)
        Each ``(v, k)`` such that element s of `sequence` is ``v[-1 - k - s]``.
    """
    v, (start, stop, step) = _slice(sequence)
    if not (start is None and stop is steps and step is None):
        return []
    v, (start, stop, step) = _slice(v)
    if start is step is None and _is_negative(stop):
        v, (start, stop, step) = _slice(v)
    if not (start is stop is None and isinstance(step, Constant) and int(step.data) == -1):
        return []
    found, lag = [(v, 0)], 0
    while True:
        longer, (_, stop, step) = _slice(v)
        if longer is v or step is not None or not (stop is None or _is_negative(stop)):
            return found
        v, lag = longer, lag - (0 if stop is None else int(stop.data))
        found.append((v, lag))


def _slice(variable):
    """``(v, (start, stop, step))`` of ``v[start:stop:step]``; of another variable v, three ``None``.

    The three are variables, or None.
    """
    node = variable.owner
    if node is not None and isinstance(node.op, Subtensor) and len(node.op.idx_list) == 1:
        (index,) = indices_from_subtensor(node.inputs[1:], node.op.idx_list)
        if isinstance(index, slice):
            start, stop, step = map(_plain, (index.start, index.stop, index.step))
            if isinstance(start, Constant) and start.data == 0 and stop is step is None:
                return _slice(node.inputs[0])  # v[0:] is v: a scan cuts its sequences so
            return node.inputs[0], (start, stop, step)
    return variable, (None, None, None)


def _plain(index):
    converted = index is not None and index.owner and isinstance(index.owner.op, ScalarFromTensor)
    return index.owner.inputs[0] if converted else index


def _is_negative(index):
    return isinstance(index, Constant) and int(index.data) < 0


def _number_expressions(args, numbers_of_inputs, numbers):
    """Number the variables of a step such that equal expressions have equal numbers.

    Parameters
    ----------
    args : ScanArgs
    numbers_of_inputs : dict of Variable to int
        The numbers of inner inputs that are known; the others get new ones.
    numbers : dict
        Of the expressions so far; is added to.

    Returns
    -------
    dict of Variable to int
    """
    found = {}

    def number(key):
        return numbers.setdefault(key, len(numbers))

    for variable in args.inner_inputs:
        found[variable] = numbers_of_inputs.get(variable, number(("input", variable)))
    for node in io_toposort(args.inner_inputs, args.inner_outputs):
        for variable in node.inputs:
            if variable not in found:
                key = variable.signature() if isinstance(variable, Constant) else variable
                found[variable] = number(("constant", key))
        arguments = tuple(found[variable] for variable in node.inputs)
        for position, variable in enumerate(node.outputs):
            found[variable] = number((node.op, arguments, position))
    return found


def _read_from(forward, old, backward, new, numbers):
    """``{inner input of the backward step: number of what it is in the forward step}``."""
    found = {}
    sequences = dict(zip(old.outer_in_seqs, old.inner_in_seqs, strict=True))
    taps = {}
    for slices, outer, ins, outs in (
        (old.mit_sot_in_slices, old.outer_out_mit_sot, old.inner_in_mit_sot, old.inner_out_mit_sot),
        (
            [(-1,)] * len(old.outer_out_sit_sot),
            old.outer_out_sit_sot,
            [[variable] for variable in old.inner_in_sit_sot],
            old.inner_out_sit_sot,
        ),
        (
            [()] * len(old.outer_out_nit_sot),
            old.outer_out_nit_sot,
            [[] for _ in old.outer_out_nit_sot],
            old.inner_out_nit_sot,
        ),
    ):
        for lags, trace, before, now in zip(slices, outer, ins, outs, strict=True):
            taps[trace, 0] = now
            taps.update({(trace, -lag): v for lag, v in zip(lags, before, strict=True)})
    for outer, inner in zip(new.outer_in_seqs, new.inner_in_seqs, strict=True):
        for variable, lag in read_backwards(outer, backward.inputs[0]):
            source = taps.get((variable, lag), sequences.get(variable) if lag == 0 else None)
            if source is not None:
                found[inner] = numbers[source]
    constant = {_key(v): i for v, i in zip(old.outer_in_non_seqs, old.inner_in_non_seqs, strict=True)}
    for outer, inner in zip(new.outer_in_non_seqs, new.inner_in_non_seqs, strict=True):
        if _key(outer) in constant:
            found[inner] = numbers[constant[_key(outer)]]
    return found


def _key(variable):
    """Equal for equal constants, and for what views make of them; otherwise the variable."""
    views = []
    inside = variable
    while inside.owner is not None and isinstance(inside.owner.op, DimShuffle):
        views.append(inside.owner.op)
        (inside,) = inside.owner.inputs
    return (inside.signature(), *views) if isinstance(inside, Constant) else variable


def _common_products(args, numbers, known):
    """``{variable: its number}`` of the products in a step that are among the `known` numbers.

    Where a product is needed only for a sum, and that is known too, it is the sum; so with what it
    is reshaped to.
    """
    clients = _clients(args)
    common = {}
    for node in filter(_is_product, io_toposort(args.inner_inputs, args.inner_outputs)):
        (variable,) = node.outputs
        if numbers[variable] not in known:
            continue
        while len(clients.get(variable, ())) == 1 and _is_sum_or_reshape(clients[variable][0]):
            (total,) = clients[variable][0].outputs
            reshaped = isinstance(total.owner.op, Reshape)
            if numbers[total] not in known or not (reshaped or total.type.ndim == variable.type.ndim):
                break
            variable = total
        common[variable] = numbers[variable]
    return common


def _functions_of(common, args, numbers, known):
    """Like `common`, with what elementwise functions make of a product in place of the product.

    That is where a step needs no more of it, and where it is of about the product's size at most.
    """
    clients, found = _clients(args), {}
    for number in dict.fromkeys(common.values()):
        # A step may hold the same expression several times.
        products = [variable for variable, its in common.items() if its == number]
        needed, seen, reached = {}, set(), list(products)
        while reached:
            variable = reached.pop()
            if variable in seen:
                continue
            seen.add(variable)
            nodes = [node for node in clients.get(variable, []) if not _reads_shape(node, variable)]
            if all(_is_function(node) and numbers[node.outputs[0]] in known for node in nodes):
                reached += [node.outputs[0] for node in nodes]
            else:
                needed[variable] = numbers[variable]
        if _are_not_larger({its: v for v, its in needed.items()}.values(), products):
            found.update(needed)
        else:
            found.update(dict.fromkeys(products, number))
    return found


def _are_not_larger(functions, products):
    """Whether all `functions` together take about the room of one of the `products` at most.

    Lengths that are not known, as of a minibatch, are one and the same where they are as many.
    """
    sizes = [[size for size in v.type.shape if size is not None] for v in (*functions, *products)]
    unknown = {v.type.ndim - len(size) for v, size in zip((*functions, *products), sizes, strict=True)}
    sizes = list(map(math.prod, sizes))
    count = len(sizes) - len(products)
    return len(unknown) == 1 and sum(sizes[:count]) <= 1.5 * min(sizes[count:])


def _clients(args):
    """``{variable: nodes of the step that read it, None for an output of the step}``.

    Without nodes that ask for its shape, which is known without it.
    """
    clients = {}
    for node in io_toposort(args.inner_inputs, args.inner_outputs):
        if isinstance(node.op, Shape | Shape_i):
            continue
        for variable in node.inputs:
            clients.setdefault(variable, []).append(node)
    for variable in args.inner_outputs:
        clients.setdefault(variable, []).append(None)
    return clients


def _is_function(node):
    kinds = Elemwise | Subtensor | Reshape
    return node is not None and isinstance(node.op, kinds) and len(node.outputs) == 1


def _reads_shape(node, variable):
    """Whether a node takes of a variable no more than the shape."""
    filled = node is not None and isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, Second)
    return filled and node.inputs[1] is not variable


def _filled_by_shape(args):
    """``{fill(x, value): value in the shape of x}``: x need not be read."""
    filled = {}
    for node in io_toposort(args.inner_inputs, args.inner_outputs):
        if _is_function(node) and _reads_shape(node, node.inputs[0]):
            (out,) = node.outputs
            x, value = node.inputs
            sizes = [x.shape[k] if size is None else size for k, size in enumerate(x.type.shape)]
            value = alloc(value, *sizes)
            filled[out] = out.type.filter_variable(value, allow_convert=True)
    return filled


def _is_product(node):
    op = node.op.core_op if isinstance(node.op, Blockwise) else node.op
    return isinstance(op, Dot | ConvOp)


def _is_sum_or_reshape(node):
    if node is None:
        return False
    added = isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, Add)
    return added or isinstance(node.op, Reshape)


def replace_in_step(args, replacements):
    """Let a step read `replacements` in place of what it computes."""
    groups = ("inner_out_mit_sot", "inner_out_sit_sot", "inner_out_nit_sot", "inner_out_shared")
    outputs = [v for group in args.inner_out_mit_mot for v in group]
    outputs += [v for name in groups for v in getattr(args, name)]
    replaced = iter(graph_replace(outputs, replacements, strict=False))
    args.inner_out_mit_mot = tuple([next(replaced) for _ in g] for g in args.inner_out_mit_mot)
    for name in groups:
        setattr(args, name, [next(replaced) for _ in getattr(args, name)])


def _leave_out_unread(args):
    """Drop the sequences and constants that a step does not read any more."""
    read = set(explicit_graph_inputs(args.inner_outputs))
    for kind in ("seqs", "non_seqs"):
        inner, outer = getattr(args, f"inner_in_{kind}"), getattr(args, f"outer_in_{kind}")
        kept = [pair for pair in zip(inner, outer, strict=True) if pair[0] in read]
        setattr(args, f"inner_in_{kind}", [pair[0] for pair in kept])
        setattr(args, f"outer_in_{kind}", [pair[1] for pair in kept])


def rebuild(node, args):
    """The outputs of a scan like that of `node`, with the inputs and the step in `args`."""
    op = node.op
    new = Scan(
        args.inner_inputs,
        args.inner_outputs,
        args.info,
        mode=op.mode,
        truncate_gradient=op.truncate_gradient,
        name=op.name,
        profile=op.profile,
        allow_gc=op.allow_gc,
        strict=op.strict,
    )
    return new.make_node(*args.outer_inputs).outputs


keep_products_for_gradients = KeepProducts()
