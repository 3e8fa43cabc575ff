"""Compute softplus, and sigmoid beside it, from one exponential.

PyTensor's C code for softplus chooses among four formulas; vectorised, it computes them all. With
``e = exp(-|x|)`` and ``u = 1 + e``

    softplus(x) = max(x, 0) + log(u) + (e - (u - 1)) / u
    sigmoid(x) = (1 if x >= 0 else e) / u

hold to rounding for every x, and share their costly parts. The last term of softplus makes up for
what ``u`` lost in rounding, so that small e count; it is cheaper than ``log1p``. The loss of a
Bernoulli decoder and its gradient are just this pair.

References
----------
N. J. Higham (2002). Accuracy and stability of numerical algorithms, 2nd edition, section 1.14.1, for
the logarithm near 1.
"""

from pytensor.scalar import basic as scalar
from pytensor.scalar.math import Sigmoid, Softplus


def with_cheap_softplus(op):
    """Return the scalar Op `op` with softplus written by the formulas above.

    Parameters
    ----------
    op : ScalarOp
        Perhaps a ``Composite``. Sigmoids of other arguments stay as they are.

    Returns
    -------
    ScalarOp
        `op` itself where there is no softplus in it.
    """
    if not isinstance(op, scalar.Composite):
        return op
    nodes = op.fgraph.toposort()
    arguments = {node.inputs[0] for node in nodes if isinstance(node.op, Softplus)}
    if not arguments:
        return op
    new = {variable: variable.type() for variable in op.fgraph.inputs}
    shared = {}

    def parts(x):
        if x not in shared:
            e = scalar.exp(scalar.neg(scalar.abs(x)))
            u = scalar.add(_constant(1, x), e)
            shared[x] = e, u, scalar.true_div(_constant(1, x), u)
        return shared[x]

    for node in nodes:
        inputs = [new.get(variable, variable) for variable in node.inputs]
        x = inputs[0]
        if isinstance(node.op, Softplus):
            e, u, reciprocal = parts(x)
            lost = scalar.sub(e, scalar.sub(u, _constant(1, x)))
            logarithm = scalar.add(scalar.log(u), scalar.mul(lost, reciprocal))
            results = [scalar.add(_positive_part(x), logarithm)]
        elif isinstance(node.op, Sigmoid) and node.inputs[0] in arguments:
            e, _, reciprocal = parts(x)
            top = scalar.switch(scalar.ge(x, _constant(0, x)), _constant(1, x), e)
            results = [scalar.mul(top, reciprocal)]
        else:
            results = node.op.make_node(*inputs).outputs
        new.update(zip(node.outputs, results, strict=True))
    return scalar.Composite(
        [new[variable] for variable in op.fgraph.inputs],
        [new.get(variable, variable) for variable in op.fgraph.outputs],
    )


def _positive_part(x):
    zero = _constant(0, x)
    return scalar.switch(scalar.gt(x, zero), x, zero)


def _constant(value, like):
    return scalar.constant(value, dtype=like.type.dtype)
