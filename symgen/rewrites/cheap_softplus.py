"""Compute softplus, and sigmoid beside it, from one exponential.

PyTensor's C code for softplus chooses among four formulas; vectorised, it computes them all. With
``e = exp(-|x|)`` and ``u = 1 + e``

    softplus(x) = max(x, 0) + log(u) + (e - (u - 1)) / u
    sigmoid(x) = (1 if x >= 0 else e) / u

hold to rounding for every x, and share their costly parts. The last term of softplus makes up for
what ``u`` lost in rounding, so that small e count; it is cheaper than ``log1p``. The loss of a
Bernoulli decoder and its gradient are just this pair.

In float32 both functions have so small a range that a polynomial written into the loop costs a third
of a call to the vector library: ``exp`` of a number at most 0, and ``log1p`` of one in [0, 1].

References
----------
N. J. Higham (2002). Accuracy and stability of numerical algorithms, 2nd edition, section 1.14.1, for
the logarithm near 1.
"""

import numpy as np
from pytensor.scalar import basic as scalar
from pytensor.scalar.math import Sigmoid, Softplus


class _Float32Function(scalar.UnaryScalarOp):
    """A function of float32 numbers by a polynomial in C.

    The coefficients interpolate at Chebyshev's nodes; with their rounding the results are right to
    2 units in the last place.
    """

    def c_code(self, node, name, inputs, outputs, sub):
        """Call the function."""
        return f"{outputs[0]} = {self.c_name}({inputs[0]});"

    def c_support_code(self, **kwargs):
        """The function."""
        return self.support_code

    def c_code_cache_version(self):
        """Changes with the code."""
        return (1,)


class ExpOfMinusAbs(_Float32Function):
    """``exp(-|x|)``; below 1.2e-38, the smallest normal number, 0."""

    c_name = "symgen_exp_of_minus_abs"
    # With n = round(-|x| / log 2) and a remainder r of at most log(2) / 2: 2^n exp(r). Adding and
    # subtracting 1.5 * 2^23 rounds; log 2 comes in two parts, so that n times the first is exact.
    support_code = """
    static inline npy_float32 symgen_exp_of_minus_abs(npy_float32 x) {
      const npy_float32 a = x > 0 ? -x : x;
      const npy_float32 n = (a * 1.44269504f + 12582912.0f) - 12582912.0f;
      const npy_float32 r = (a - n * 0.693359375f) + n * 2.12194440e-4f;
      const npy_float32 tail = (((0.001392618359035082f * r + 0.008363179052765615f) * r
          + 0.04166655461717894f) * r + 0.16666576989698415f) * r + 0.5f;
      const npy_float32 y = 1.0f + (r + r * r * tail);
      const npy_int32 k = n < -126.0f ? -126 : (npy_int32) n;
      union { npy_int32 bits; npy_float32 value; } power;
      power.bits = (k + 127) << 23;
      return a < -87.3f ? 0.0f : y * power.value;
    }
    """

    def impl(self, x):
        """In NumPy."""
        return np.exp(-abs(x))


class Log1pOfFraction(_Float32Function):
    """``log1p(e)`` of e in [0, 1]."""

    c_name = "symgen_log1p_of_fraction"
    support_code = """
    static inline npy_float32 symgen_log1p_of_fraction(npy_float32 e) {
      npy_float32 p = -0.0031760570101959967f;
      p = p * e + 0.019542527221239614f;
      p = p * e - 0.056373612750104135f;
      p = p * e + 0.1054362378672801f;
      p = p * e - 0.1526966706883121f;
      p = p * e + 0.19663274255110796f;
      p = p * e - 0.24951616262414722f;
      p = p * e + 0.3332971049886465f;
      p = p * e - 0.49999892648060534f;
      p = p * e + 0.9999999946562915f;
      return p * e;
    }
    """

    def impl(self, x):
        """In NumPy."""
        return np.log1p(x)


exp_of_minus_abs = ExpOfMinusAbs(scalar.same_out, name="exp_of_minus_abs")
log1p_of_fraction = Log1pOfFraction(scalar.same_out, name="log1p_of_fraction")


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
            single = x.type.dtype == "float32"
            e = exp_of_minus_abs(x) if single else scalar.exp(scalar.neg(scalar.abs(x)))
            u = scalar.add(_constant(1, x), e)
            shared[x] = e, u, scalar.true_div(_constant(1, x), u)
        return shared[x]

    for node in nodes:
        inputs = [new.get(variable, variable) for variable in node.inputs]
        x = inputs[0]
        if isinstance(node.op, Softplus):
            e, u, reciprocal = parts(x)
            if x.type.dtype == "float32":
                logarithm = log1p_of_fraction(e)
            else:
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
