"""A comparison as a number by a choice between 1 and 0, which GCC vectorises.

``cast(x < y)`` goes through a boolean of one byte in PyTensor's C code; turning bytes into floats
amid floats is what GCC does not vectorise. Random draws of 0 and 1, ``cast(u < p)``, are such.
"""

import numpy as np
from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor.scalar.basic import EQ, GE, GT, LE, LT, NEQ, Cast, switch
from pytensor.tensor.basic import constant
from pytensor.tensor.elemwise import Elemwise

_COMPARISONS = (LT, GT, LE, GE, EQ, NEQ)
_choose = Elemwise(switch)


@node_rewriter([Elemwise])
def choose_by_comparison(fgraph, node):
    """Replace ``cast(comparison)`` to a floating dtype by ``switch(comparison, 1, 0)``."""
    if not isinstance(node.op.scalar_op, Cast):
        return None
    (compared,), dtype = node.inputs, node.outputs[0].type.dtype
    if dtype not in ("float32", "float64") or compared.owner is None:
        return None
    above = compared.owner.op
    if not (isinstance(above, Elemwise) and isinstance(above.scalar_op, _COMPARISONS)):
        return None
    ones = (1,) * compared.type.ndim
    one, zero = (constant(np.full(ones, value, dtype)) for value in (1, 0))
    return [_choose(compared, one, zero)]


choose_by_comparison_everywhere = in2out(choose_by_comparison, name="choose_by_comparison")
