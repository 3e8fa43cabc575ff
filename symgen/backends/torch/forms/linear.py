"""Matrix products and decompositions, one or a batch of them."""

import torch
from pytensor.tensor.blas import BatchedDot
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.linalg.decomposition.cholesky import Cholesky
from pytensor.tensor.math import Dot

from symgen.backends.torch.dtypes import check_arithmetic
from symgen.backends.torch.forms.signal import emit_convolution, is_convolution
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code
from symgen.backends.torch.stock import stock


@emits(Dot, BatchedDot)
def emit_dot(scope, node, arguments):
    """A product of vectors, matrices, or batches of matrices."""
    check_arithmetic([value.variable for value in arguments], str(node))
    dtype = node.outputs[0].type.dtype
    a, b = (scope.cast(scope.tensor(value), value, dtype) for value in arguments)
    ndims = [value.variable.type.ndim for value in arguments]
    call = {(2, 2): torch.mm, (2, 1): torch.mv, (1, 1): torch.dot, (3, 3): torch.bmm}
    product = call.get(tuple(ndims), torch.matmul)
    return Code(f"{scope.bind(product, 'product')}({a}, {b})")


def _cholesky(x, lower):
    factor = torch.linalg.cholesky_ex(x, upper=not lower)
    # As NumPy and SciPy have it in PyTensor: a matrix that is not positive definite gives NaN.
    failed = factor.info != 0
    return factor.L.masked_fill(failed[..., None, None], float("nan"))


@emits(Cholesky)
def emit_cholesky(scope, node, arguments):
    """The triangular factor; NaN where a matrix is not positive definite."""
    return _emit_cholesky(scope, node.op, arguments)


def _emit_cholesky(scope, op, arguments):
    name = scope.tensor(arguments[0])
    return Code(f"{scope.bind(_cholesky, 'cholesky')}({name}, {bool(op.lower)})")


@emits(Blockwise)
def emit_blockwise(scope, node, arguments):
    """A batch of a core Op, by one call where PyTorch has it and by a loop where not."""
    core = node.op.core_op
    if isinstance(core, Dot):
        dtype = node.outputs[0].type.dtype
        a, b = (scope.cast(scope.tensor(value), value, dtype) for value in arguments)
        return Code(f"{scope.bind(torch.matmul, 'matmul')}({a}, {b})")
    if isinstance(core, Cholesky):
        return _emit_cholesky(scope, core, arguments)
    if is_convolution(core):
        return emit_convolution(scope, core, node, arguments)
    return stock(scope, node, arguments)
