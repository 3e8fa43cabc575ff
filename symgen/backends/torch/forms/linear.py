"""Matrix products and decompositions, one or a batch of them."""

import torch
from pytensor.tensor.blas import BatchedDot
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.linalg.decomposition.cholesky import Cholesky
from pytensor.tensor.linalg.solvers.general import Solve
from pytensor.tensor.linalg.solvers.psd import CholeskySolve
from pytensor.tensor.linalg.solvers.triangular import SolveTriangular
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


@emits(SolveTriangular, Solve, CholeskySolve)
def emit_solve(scope, node, arguments):
    """The solution of linear equations."""
    return _emit_solve(scope, node.op, node, arguments)


def _emit_solve(scope, op, node, arguments):
    if isinstance(op, SolveTriangular):

        def solve(a, b):
            unit = bool(op.unit_diagonal)
            return torch.linalg.solve_triangular(a, b, upper=not op.lower, unitriangular=unit)

    elif isinstance(op, CholeskySolve):

        def solve(factor, b):
            return torch.cholesky_solve(b, factor, upper=not op.lower)

    else:

        def solve(a, b):
            if op.assume_a in ("sym", "her", "pos"):  # one triangle of it is given
                a = a.tril() + a.tril(-1).mT if op.lower else a.triu() + a.triu(1).mT
            return torch.linalg.solve(a, b)

    def batched(a, b):
        if op.b_ndim == 1:
            return _in_batches(solve, a, b[..., None])[..., 0]
        return _in_batches(solve, a, b)

    dtype = node.outputs[0].type.dtype
    names = ", ".join(scope.cast(scope.tensor(value), value, dtype) for value in arguments)
    return Code(f"{scope.bind(batched, 'solve')}({names})")


def _in_batches(solve, a, b):
    batch = torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return solve(a.expand(*batch, *a.shape[-2:]), b.expand(*batch, *b.shape[-2:]))


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
    if isinstance(core, SolveTriangular | Solve | CholeskySolve):
        return _emit_solve(scope, core, node, arguments)
    if is_convolution(core):
        return emit_convolution(scope, core, node, arguments)
    return stock(scope, node, arguments)
