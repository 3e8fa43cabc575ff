"""``theano.sparse.sandbox.sp2``: sparse matrices of random numbers.

As in Theano, these Ops draw from NumPy's global generator (``np.random.seed``): two calls with the
same inputs give other numbers. They run in Python.
"""

import numpy as np
import pytensor.tensor as pt
import scipy.sparse
from pytensor.gradient import DisconnectedType, grad_undefined
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.sparse.basic import as_sparse_variable, discrete_dtypes, float_dtypes
from pytensor.sparse.basic import remove0 as eliminate_zeros  # noqa: F401
from pytensor.sparse.rewriting import (  # noqa: F401
    MulSDCSC,
    MulSDCSR,
    MulSVCSR,
    SamplingDotCSR,
    StructuredDotCSC,
    StructuredDotCSR,
    UsmmCscDense,
)
from pytensor.sparse.type import SparseTensorType

from symgen.errors import DtypeError, NotSupportedError, ShapeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.sparse.basic import Remove0 as EliminateZeros  # noqa: F401

__getattr__ = attribute_lookup(__name__)

_NO_GRADIENT = "random numbers have no gradient"


class Poisson(Op):
    """``Poisson()(x)``: a draw from the Poisson distribution with mean x, at the stored elements.

    Zeros that are drawn are not stored.
    """

    __props__ = ()

    def make_node(self, x):
        """`x` is a sparse matrix in format csr or csc."""
        x = as_sparse_variable(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, outputs):
        """Draw with NumPy."""
        drawn = inputs[0].copy()
        drawn.data = np.random.poisson(drawn.data).astype(drawn.dtype)
        drawn.eliminate_zeros()
        outputs[0][0] = drawn

    def pullback(self, inputs, outputs, cotangents):
        """Undefined."""
        return [grad_undefined(self, 0, inputs[0], _NO_GRADIENT)]

    def infer_shape(self, *arguments):
        """The shape of the means."""
        return arguments[-1]


class Binomial(Op):
    """``Binomial(format, dtype)(n, p, shape)``: numbers of successes in n trials, a sparse matrix.

    Parameters
    ----------
    format : {"csr", "csc"}
    dtype : str
    """

    __props__ = ("format", "dtype")

    def __init__(self, format, dtype):
        self.format, self.dtype = format, dtype

    def make_node(self, n, p, shape):
        """`n` is an integer scalar, `p` a float scalar, `shape` a vector of two integers."""
        n, p, shape = (pt.as_tensor_variable(value) for value in (n, p, shape))
        for name, value, dtypes in [
            ("n", n, discrete_dtypes),
            ("p", p, float_dtypes),
            ("shape", shape, discrete_dtypes),
        ]:
            if value.type.dtype not in dtypes:
                raise DtypeError(f"{name} of a dtype in {sorted(dtypes)}", value.type.dtype, "Cast it.")
        return Apply(self, [n, p, shape], [SparseTensorType(self.format, self.dtype)()])

    def perform(self, node, inputs, outputs):
        """Draw with NumPy."""
        n, p, shape = inputs
        make = getattr(scipy.sparse, f"{self.format}_matrix")
        outputs[0][0] = make(np.random.binomial(n, p, size=tuple(shape)), dtype=self.dtype)

    def connection_pattern(self, node):
        """Nothing depends smoothly on the shape."""
        return [[True], [True], [False]]

    def pullback(self, inputs, outputs, cotangents):
        """Undefined."""
        n, p, _ = inputs
        return [
            grad_undefined(self, 0, n, _NO_GRADIENT),
            grad_undefined(self, 1, p, _NO_GRADIENT),
            DisconnectedType()(),
        ]

    def infer_shape(self, *arguments):
        """The shape that is asked for."""
        node, _ = arguments[-2:]
        return [(node.inputs[2][0], node.inputs[2][1])]


class Multinomial(Op):
    """``Multinomial()(n, p)``: for each row of p, how often each outcome comes in n trials.

    `p` is a sparse matrix in format csr, its rows sum to 1; `n` an integer or one for each row.
    """

    __props__ = ()

    def make_node(self, n, p):
        """See the class."""
        n, p = pt.as_tensor_variable(n), as_sparse_variable(p)
        return Apply(self, [n, p], [p.type()])

    def perform(self, node, inputs, outputs):
        """Draw row by row with NumPy."""
        n, p = inputs
        if p.format != "csr":
            raise NotSupportedError("p in format csr", p.format, "Convert it: p.tocsr().")
        if n.shape not in ((), p.shape[:1]):
            raise ShapeError(f"one n, or {p.shape[0]}", f"shape {n.shape}", "One for each row.")
        drawn = p.copy()
        for row, trials in enumerate(np.broadcast_to(n, p.shape[:1])):
            stored = slice(p.indptr[row], p.indptr[row + 1])
            drawn.data[stored] = np.random.multinomial(trials, p.data[stored])
        outputs[0][0] = drawn

    def pullback(self, inputs, outputs, cotangents):
        """Undefined."""
        return [grad_undefined(self, k, value, _NO_GRADIENT) for k, value in enumerate(inputs)]

    def infer_shape(self, *arguments):
        """The shape of the probabilities."""
        return [arguments[-1][1]]


poisson, multinomial = Poisson(), Multinomial()
csr_fbinomial, csc_fbinomial = Binomial("csr", "float32"), Binomial("csc", "float32")
csr_dbinomial, csc_dbinomial = Binomial("csr", "float64"), Binomial("csc", "float64")
