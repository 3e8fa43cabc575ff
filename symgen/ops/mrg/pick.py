"""Outcomes with given probabilities from uniform numbers, as Ops in NumPy and in C."""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp

from symgen.errors import DtypeError, ShapeError
from symgen.ops.mrg.c import PICK_SUPPORT_CODE, choice_code, multinomial_code


class _FromUniform(COp):
    """What both share: ``op(pvals, unis, n)``; draw c of row r reads ``unis[c * rows + r]``.

    Parameters
    ----------
    odtype : str
        Dtype of the result, or ``"auto"`` for that of the probabilities.
    """

    __props__ = ("odtype",)

    def __init__(self, odtype):
        self.odtype = odtype

    def make_node(self, pvals, unis, n=1):
        """Inputs: probabilities (rows, outcomes), uniform numbers (rows * n,), the integer n."""
        pvals, unis = pt.as_tensor_variable(pvals), pt.as_tensor_variable(unis)
        n = pt.as_tensor_variable(n)
        if pvals.type.ndim != 2 or unis.type.ndim != 1 or n.type.ndim != 0:
            raise ShapeError(
                "a matrix of probabilities, a vector of uniform numbers and a scalar",
                f"{pvals.type}, {unis.type}, {n.type}",
                "Reshape them.",
            )
        if pvals.type.dtype not in ("float32", "float64") or unis.type.dtype not in (
            "float32",
            "float64",
        ):
            raise DtypeError(
                "float32 or float64 probabilities and uniform numbers",
                f"{pvals.type.dtype}, {unis.type.dtype}",
                "Cast them.",
            )
        if n.type.dtype not in pt.type.integer_dtypes:
            raise DtypeError("an integer n", n.type.dtype, "Pass an int.")
        dtype = pvals.type.dtype if self.odtype == "auto" else self.odtype
        output = pt.tensor(dtype=dtype, shape=self._static_shape(pvals, n))
        return Apply(self, [pvals, unis, pt.cast(n, "int64")], [output])

    def connection_pattern(self, node):
        """The outcomes depend on the probabilities; where these come from says that no gradient is defined."""
        return [[True], [False], [False]]

    def pullback(self, inputs, outputs, cotangents):
        """The outcomes are constant almost everywhere."""
        return [inputs[0].zeros_like(), DisconnectedType()(), DisconnectedType()()]

    def c_support_code(self, **kwargs):
        """The walks in C."""
        return PICK_SUPPORT_CODE

    def c_headers(self, **kwargs):
        """For a copy of one row."""
        return ["<vector>"]

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (1,)


class MultinomialFromUniform(_FromUniform):
    """How often each outcome came in n draws with replacement: shape (rows, outcomes).

    A draw takes the first outcome whose cumulated probability, in float64, is above its uniform
    number; none where the probabilities sum to less than that.
    """

    def _static_shape(self, pvals, n):
        return pvals.type.shape

    def infer_shape(self, *arguments):
        """That of the probabilities."""
        return [arguments[-1][0]]

    def perform(self, node, inputs, outputs):
        """In NumPy."""
        pvals, unis, n = inputs
        check_sizes(pvals.shape, unis.shape[0], int(n))
        counts = np.zeros(pvals.shape, node.outputs[0].type.dtype)
        cumulated = np.cumsum(pvals, axis=1, dtype=np.float64)
        rows = np.arange(len(pvals))
        for u in unis.reshape(int(n), len(pvals)):
            above = cumulated > u[:, None]
            some = above.any(1)
            counts[rows[some], above.argmax(1)[some]] += 1
        outputs[0][0] = counts

    def c_code(self, node, name, inames, onames, sub):
        """One walk along a row for each draw."""
        dtypes = [v.type.dtype for v in (*node.inputs[:2], *node.outputs)]
        return multinomial_code(dtypes, inames, onames[0], sub)


class ChoiceFromUniform(_FromUniform):
    """Which outcomes came in n draws without replacement: shape (rows, n).

    Each draw is made as in :class:`MultinomialFromUniform`; the outcome's probability then becomes
    0, and the others are divided by their sum. An outcome is -1 where the probabilities sum to
    less than the uniform number.
    """

    def _static_shape(self, pvals, n):
        length = int(n.data) if isinstance(n, pt.TensorConstant) else None
        return (pvals.type.shape[0], length)

    def infer_shape(self, *arguments):
        """Rows of the probabilities, n columns."""
        node, shapes = arguments[-2:]
        return [(shapes[0][0], node.inputs[2])]

    def perform(self, node, inputs, outputs):
        """In NumPy."""
        pvals, unis, n = inputs
        check_sizes(pvals.shape, unis.shape[0], int(n))
        check_choice(pvals.shape[1], int(n))
        left, rows = pvals.copy(), np.arange(len(pvals))
        chosen = np.full((len(pvals), int(n)), -1, node.outputs[0].type.dtype)
        for c, u in enumerate(unis.reshape(int(n), len(pvals))):
            above = np.cumsum(left, axis=1, dtype=np.float64) > u[:, None]
            some = above.any(1)
            picked = above.argmax(1)[some]
            chosen[rows[some], c] = picked
            left[rows[some], picked] = 0
            with np.errstate(invalid="ignore"):  # all drawn: 0 / 0, and nothing is drawn after
                left[some] /= left[some].sum(1, dtype=np.float64, keepdims=True).astype(left.dtype)
        outputs[0][0] = chosen

    def c_code(self, node, name, inames, onames, sub):
        """One walk along a copy of the row for each draw."""
        dtypes = [v.type.dtype for v in (*node.inputs[:2], *node.outputs)]
        return choice_code(dtypes, inames, onames[0], sub)


def check_sizes(shape, n_uniform, n):
    """Refuse another number of uniform numbers than the draws take."""
    if n_uniform != shape[0] * n:
        raise ValueError(
            f"expected {shape[0]} x {n} uniform numbers for {n} draws from {shape[0]} rows; "
            f"got {n_uniform}"
        )


def check_choice(outcomes, n):
    """Refuse more draws without replacement than there are outcomes."""
    if n > outcomes:
        raise ValueError(f"cannot draw {n} of {outcomes} outcomes without replacement")
