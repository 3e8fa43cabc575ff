"""Add up a gradient's products of many rows in the steps of a scan.

The gradient of weights is a sum over the steps of products, ``dot(A_t, D_t)``. PyTensor makes one product for
all steps of it, which is better where a step's product adds over few rows, as over a minibatch's. It
takes writing and reading A and D of all steps. Where a step adds over many rows by itself, as over the pixels of
a line of each image, a product is at its best speed anyway, and reads what has just been made.
"""

from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.scalar.basic import Add
from pytensor.scan.op import Scan
from pytensor.scan.rewriting import scan_push_out_add, scan_push_out_dot1
from pytensor.scan.rewriting.db import scan_seqopt1
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Dot

_TAG = "symgen_products_of_steps"

# By measurement: from here on a product is not slower than one that adds over more rows.
_MANY = 256


def _of_few_rows(rewrite):
    """`rewrite`, kept from scans whose steps add products over many rows."""

    @node_rewriter([Scan])
    def push_out(fgraph, node):
        op = node.op
        states = op.inner_sitsot(op.inner_inputs)
        sums = op.inner_sitsot_outs(op.inner_outputs)
        if any(map(_adds_over_many, states, sums)):
            return None
        return rewrite.transform(fgraph, node)

    return push_out


def _adds_over_many(state, now):
    if now.owner is None or not isinstance(now.owner.op, Elemwise):
        return False
    if not isinstance(now.owner.op.scalar_op, Add) or state not in now.owner.inputs:
        return False
    for term in now.owner.inputs:
        if term.owner is not None and isinstance(term.owner.op, Dot):
            left, right = term.owner.inputs
            rows = left.type.shape[-1] or right.type.shape[0]
            if rows is not None and rows >= _MANY:
                return True
    return False


# PyTensor's rewrites in whose place ours are, and where.
_PUSH_OUT = ((scan_push_out_dot1, "scan_push_out_dot1", 5), (scan_push_out_add, "scan_push_out_add", 6))
for _rewrite, _name, _position in _PUSH_OUT:
    scan_seqopt1.register(
        f"{_name}_of_few_rows",
        dfs_rewriter(_of_few_rows(_rewrite), ignore_newtrees=_position == 5),
        _TAG,
        position=_position,
    )


def with_products_of_steps(query):
    """Return a query for rewrites with these in place of PyTensor's."""
    return query.excluding(*(name for _, name, _ in _PUSH_OUT)).including(_TAG)
