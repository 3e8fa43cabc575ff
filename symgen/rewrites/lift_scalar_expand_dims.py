"""Keep a number that a gradient needs apart from the cost that needs it too.

The mean over a minibatch divides by its size n, and so does the gradient. PyTensor fuses the scalar
operations first: n and the cost become two outputs of one Op. As the cost waits for the sum of all
losses, so now does n, and with it the gradient; PyTensor then cannot fuse the loss with its
gradient, and writes and reads whole matrices in between.

``expand_dims(cast(n))`` of a scalar becomes ``cast(expand_dims(n))``, whatever else uses ``cast(n)``:
casting a number twice costs nothing.
"""

from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor.scalar.basic import Cast
from pytensor.tensor.elemwise import DimShuffle, Elemwise


@node_rewriter([DimShuffle])
def lift_scalar_expand_dims(fgraph, node):
    """Move an ``expand_dims`` of a number that was cast to before the cast."""
    (number,) = node.inputs
    if number.type.ndim or number.owner is None:
        return None
    cast = number.owner.op
    if not (isinstance(cast, Elemwise) and isinstance(cast.scalar_op, Cast)):
        return None
    return cast.make_node(node.op(number.owner.inputs[0])).outputs


lift_scalar_expand_dims_everywhere = in2out(
    lift_scalar_expand_dims, name="lift_scalar_expand_dims"
)
