"""``theano.sandbox.linalg.ops``: what a program knows of a matrix, told to the rewrites."""

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.features import Feature
from pytensor.tensor.basic import get_underlying_scalar_constant_value
from pytensor.tensor.exceptions import NotScalarConstantError

from symgen.errors import DtypeError, RangeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.compile import own_rewrites
from symgen.theano.gof.op import Op
from symgen.theano.gof.opt import Optimizer, local_optimizer
from symgen.theano.tensor.nlinalg import (  # noqa: F401
    MatrixInverse,
    det,
    extract_diag,
    matrix_inverse,
    trace,
)
from symgen.theano.tensor.slinalg import Cholesky, Solve, cholesky, imported_scipy, solve  # noqa: F401

__getattr__ = attribute_lookup(__name__)


class Hint(Op):
    """``Hint(psd=True, ...)(x)``: `x`, with what is known of it; the compiled graph has no such node.

    Parameters
    ----------
    **hints
        Names that rewrites look for (``psd``, ``symmetric``, ``positive``), and their values.
    """

    __props__ = ("hints",)
    view_map = {0: [0]}

    def __init__(self, **hints):
        self.hints = tuple(hints.items())

    def make_node(self, x):
        """`x` is any variable."""
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, outputs):
        """The same value."""
        outputs[0][0] = inputs[0]

    def infer_shape(self, node, shapes):
        """The shape of the input."""
        return shapes

    def grad(self, inputs, output_grads):
        """The gradient of the result."""
        return output_grads


class HintsFeature(Feature):
    """Remembers, in the graph that it is attached to, what hints said of each variable.

    Attributes
    ----------
    hints : dict
        Variable -> ``{name: value}``.
    """

    def __init__(self):
        self.hints = {}

    def add_hint(self, r, k, v):
        """Note that the hint `k` of variable `r` has the value `v`."""
        self.ensure_init_r(r)
        self.hints[r][k] = v

    def ensure_init_r(self, r):
        """Know the variable `r`, of which nothing has been said."""
        self.hints.setdefault(r, {})

    def update_second_from_first(self, r0, r1):
        """Note of `r1` all that is known of `r0`.

        Raises
        ------
        NotImplementedError
            When the two contradict each other.
        """
        known, other = self.hints[r0], self.hints[r1]
        for name, value in known.items():
            if other.setdefault(name, value) is not value:
                raise NotImplementedError(
                    f"expected one value of the hint {name}; got {value} of {r0} and {other[name]} "
                    f"of {r1}, which replaces it"
                )

    def on_attach(self, fgraph):
        """Start to watch `fgraph`, whose ``hints_feature`` this becomes."""
        fgraph.hints_feature = self
        for node in fgraph.toposort():
            self.on_import(fgraph, node, "on_attach")

    def on_detach(self, fgraph):
        """Leave `fgraph`."""
        del fgraph.hints_feature

    def on_import(self, fgraph, node, reason):
        """Know the variables of a new node."""
        for variable in [*node.inputs, *node.outputs]:
            self.ensure_init_r(variable)

    def on_change_input(self, fgraph, node, i, r, new_r, reason=None):
        """What is known of the one is known of the other: they are equal."""
        self.ensure_init_r(r)
        self.ensure_init_r(new_r)
        self.update_second_from_first(r, new_r)
        self.update_second_from_first(new_r, r)

    def clone(self):
        """Return a new one, for another graph."""
        return HintsFeature()


class HintsOptimizer(Optimizer):
    """The rewrite that attaches a :class:`HintsFeature`."""

    def add_requirements(self, fgraph):
        """Attach the feature, unless there is one."""
        if not hasattr(fgraph, "hints_feature"):
            fgraph.attach_feature(HintsFeature())

    def apply(self, fgraph):
        """Change nothing."""


def hints(variable, fgraph=None):
    """Return what is known of a variable, ``{name: value}``.

    Parameters
    ----------
    variable : Variable
    fgraph : FunctionGraph, optional
        Where the variable is; PyTensor's variables do not know it themselves. Without it, only a
        :class:`Hint` that computes the variable counts.
    """
    feature = getattr(fgraph, "hints_feature", None)
    if feature is not None:
        return feature.hints.get(variable, {})
    if variable.owner is not None and is_hint_node(variable.owner):
        return dict(variable.owner.op.hints)
    return {}


def is_hint_node(node):
    """Whether the node's Op is a :class:`Hint`."""
    return isinstance(node.op, Hint)


def psd(v):
    """Return the matrix `v`, known to be symmetric and positive semi-definite."""
    return Hint(psd=True, symmetric=True)(v)


def is_psd(v, fgraph=None):
    """Whether `v` is known to be positive semi-definite; arguments as for :func:`hints`."""
    return hints(v, fgraph).get("psd", False)


def is_symmetric(v, fgraph=None):
    """Whether `v` is known to be symmetric; arguments as for :func:`hints`."""
    return hints(v, fgraph).get("symmetric", False)


def is_positive(v, fgraph=None):
    """Whether `v` is known not to be negative: by a hint, or as an even power."""
    if hints(v, fgraph).get("positive", False):
        return True
    if v.owner is None or v.owner.op != pt.pow:
        return False
    try:
        return bool(get_underlying_scalar_constant_value(v.owner.inputs[1]) % 2 == 0)
    except NotScalarConstantError:
        return False


@local_optimizer([Hint])
def remove_hint_nodes(node):
    """Take the hint out of the graph, into its :class:`HintsFeature`."""
    feature = getattr(node.fgraph, "hints_feature", None)
    if feature is not None:
        for name, value in node.op.hints:
            feature.add_hint(node.inputs[0], name, value)
    return list(node.inputs)


@local_optimizer(None)
def psd_solve_with_chol(node):
    """``solve(A, b)`` of a positive semi-definite A: two triangular solves by Cholesky's factor."""
    op = getattr(node.op, "core_op", node.op)
    if not isinstance(op, pt.linalg.Solve) or not is_psd(node.inputs[0], node.fgraph):
        return False
    A, b = node.inputs
    L = pt.linalg.cholesky(A)
    first = pt.linalg.solve_triangular(L, b, lower=True, b_ndim=op.b_ndim)
    return [pt.linalg.solve_triangular(L.T, first, lower=False, b_ndim=op.b_ndim)]


@local_optimizer([pt.math.Dot])
def inv_as_solve(node):
    """``inv(A) @ b`` as ``solve(A, b)``, and likewise from the right."""
    left, right = node.inputs
    fgraph = getattr(node, "fgraph", None)
    if _is_inverse(left):
        return [solve(left.owner.inputs[0], right)]
    if _is_inverse(right):
        A = right.owner.inputs[0]
        return [solve(A if is_symmetric(A, fgraph) else A.T, left.T).T]
    return False


def _is_inverse(matrix):
    op = getattr(matrix.owner, "op", None)
    return isinstance(getattr(op, "core_op", op), MatrixInverse)


def spectral_radius_bound(X, log2_exponent):
    r"""Return an upper bound of the largest eigenvalue of a symmetric matrix.

    .. math:: \left(\operatorname{tr} X^{2^k}\right)^{2^{-k}}

    Parameters
    ----------
    X : matrix, symmetric
    log2_exponent : int
        k, at least 1: the larger, the tighter; 5 is enough mostly.

    Raises
    ------
    TypeError
        When `X` is no matrix, or `log2_exponent` no integer.
    ValueError
        When `log2_exponent` is not positive.

    References
    ----------
    V. Pan (1990), "Estimating the Extremal Eigenvalues of a Symmetric Matrix".
    """
    if not isinstance(X, Variable) or X.type.ndim != 2:
        raise DtypeError("a symbolic matrix X", f"{X}", "Flatten what has more axes.")
    if not isinstance(log2_exponent, int | np.integer):
        raise TypeError(f"expected an integer log2_exponent; got {log2_exponent!r}")
    if log2_exponent <= 0:
        raise RangeError("a positive log2_exponent", f"{log2_exponent}", "5 is enough mostly.")
    power = X
    for _ in range(log2_exponent):
        power = pt.dot(power, power)
    return pt.pow(trace(power), 2.0**-log2_exponent)


_MODES = ("fast_run", "fast_compile")
own_rewrites.register("HintsOpt", HintsOptimizer(), -1, *_MODES)
own_rewrites.register("remove_hint_nodes", own_rewrites.InScansToo(remove_hint_nodes), 0.5, *_MODES)
own_rewrites.register("psd_solve_with_chol", own_rewrites.InScansToo(psd_solve_with_chol), 1.45, "fast_run")
