"""A slice of one row that is squeezed is the row at its start, unless it goes backwards from the end.

PyTensor makes ``x[start:stop:step].squeeze(0)`` to ``x[start]``, and to ``x[0]`` where there is no start: so
``x[:-2:-1].squeeze(0)``, the last row, became the first one. Squeezed slices come about by rewriting, too: the
samples of a spline flow between permutations were wrong.
"""

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.rewriting.uncanonicalize import local_dimshuffle_subtensor
from pytensor.tensor.subtensor import Subtensor, indices_from_subtensor

_TAG = "symgen_squeezed_slices"
# PyTensor's rewrite in whose place ours is.
_PLAIN = local_dimshuffle_subtensor.__name__


@node_rewriter([DimShuffle])
def squeezed_slice_to_row(fgraph, node):
    """PyTensor's rewrite, where all slices go forwards."""
    part = node.inputs[0].owner
    if part is not None and isinstance(part.op, Subtensor):
        indices = indices_from_subtensor(part.inputs[1:], part.op.idx_list)
        if not all(_goes_forwards(index) for index in indices if isinstance(index, slice)):
            return None
    return local_dimshuffle_subtensor.transform(fgraph, node)


def _goes_forwards(index):
    step = index.step
    return step is None or (isinstance(step, Constant) and int(step.data) > 0)


optdb["uncanonicalize"].register(f"{_PLAIN}_forwards", squeezed_slice_to_row, _TAG)


def with_squeezed_slices(query):
    """Return a query for rewrites with this one in place of PyTensor's.

    Parameters
    ----------
    query : RewriteDatabaseQuery
    """
    return query.excluding(_PLAIN).including(_TAG)
