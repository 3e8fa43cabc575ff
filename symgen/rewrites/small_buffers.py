"""Start a scan of which the last steps are wanted in a buffer for these, each in one of its own.

PyTensor shrinks the buffer of a scan's states to the few that are looked at, but not where the first
state is broadcast, as zeros or a row of biases are: then all steps' memory is allocated and copied,
and its beginning taken. And equal buffers are merged into one, so that each scan copies it, or each
state of one that begins as another.
"""

from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scan.op import Scan
from pytensor.tensor.basic import AllocEmpty
from pytensor.tensor.math import minimum
from pytensor.tensor.subtensor import IncSubtensor, Subtensor, indices_from_subtensor

POSITION = 49.4  # after the last merge of equal nodes before computations in place


@node_rewriter([Scan])
def begin_in_small_buffers(fgraph, node):
    """Give each state's beginning, ``empty(n)[:k]`` set to a value, a buffer of the size used."""
    info = node.op.info
    first = 1 + info.n_seqs + info.n_mit_mot
    inputs = list(node.inputs)
    for position in range(first, first + info.n_mit_sot + info.n_sit_sot):
        inputs[position] = _begun(fgraph, inputs[position])
    if inputs == list(node.inputs):
        return None
    return node.op.make_node(*inputs).outputs


def _begun(fgraph, variable):
    """The same beginning, in a buffer of its own that is no longer than needed."""
    stop = _stop(variable, Subtensor)
    write = variable if stop is None else variable.owner.inputs[0]
    states = _stop(write, IncSubtensor)
    if states is None or not write.owner.op.set_instead_of_inc:
        return variable
    empty, value, *indices = write.owner.inputs
    if empty.owner is None or not isinstance(empty.owner.op, AllocEmpty):
        return variable
    alone = len(fgraph.clients[empty]) == 1 and len(fgraph.clients[write]) == 1
    if alone if stop is None else stop < states:
        return variable
    length, *shape = empty.owner.inputs
    if stop is not None:
        known = isinstance(length, Constant)
        length = min(int(length.data), stop) if known else minimum(length, stop)
    own = AllocEmpty(empty.dtype)(length, *shape)
    return write.owner.op(own, value, *indices)


def _stop(variable, kind):
    """The constant number of ``x[:stop]``, or of ``x[:stop]`` that is written; None for all else."""
    node = variable.owner
    if node is None or not isinstance(node.op, kind):
        return None
    indices = node.inputs[1 if kind is Subtensor else 2 :]
    parts = indices_from_subtensor(indices, node.op.idx_list)
    if len(parts) != 1 or not isinstance(parts[0], slice):
        return None
    start, stop, step = parts[0].start, parts[0].stop, parts[0].step
    if start is not None or step is not None or not isinstance(stop, Constant) or stop.data <= 0:
        return None
    return int(stop.data)


begin_in_small_buffers_everywhere = out2in(begin_in_small_buffers, name="begin_in_small_buffers")
