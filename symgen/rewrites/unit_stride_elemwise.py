"""Give PyTensor's C elementwise loops an inner loop over adjacent elements, which GCC vectorises.

PyTensor's generated loops step through every operand by strides known only at run time; GCC cannot
use vector instructions there. In symgen's C mode each :class:`~pytensor.tensor.elemwise.Elemwise`
of two or more dimensions becomes a :class:`UnitStrideElemwise`: the same Op, whose C code also
holds the loop for the common case (operands contiguous in the inner dimension, or constant along
it) with the strides written out as 1 or 0. Other layouts take PyTensor's own loop.

PyTensor also writes constants as C doubles, ``0.1 * x``, so that a float32 loop computes in double
and half as many elements fit a vector register. Where all is float32 a :class:`Float32Elemwise`
compiles them as floats.
"""

import re

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scalar import basic as scalar
from pytensor.scalar import math as scalar_math
from pytensor.tensor.elemwise import Elemwise

from symgen.rewrites.cheap_softplus import (
    ExpOfMinusAbs,
    Log1pOfFraction,
    with_cheap_softplus,
)

# The innermost loop as PyTensor writes it: head, then the reference declarations, then the work.
_IF_CONTIGUOUS = "if((PyArray_ISCONTIGUOUS("
_ADDRESS = re.compile(r"(\w+)_stride_l(\d+)\*ITER_\2")


class UnitStrideElemwise(Elemwise):
    """An ``Elemwise`` whose C code has a loop for operands of unit stride besides the general one."""

    def _c_all(self, node, nodename, inames, onames, sub):
        declarations, checks, alloc, loop, rest = super()._c_all(
            node, nodename, inames, onames, sub
        )
        written = set(self.inplace_pattern.values())
        constant = {
            name
            for position, (name, variable) in enumerate(zip(inames, node.inputs, strict=True))
            if variable.type.shape[-1] == 1 and position not in written
        }
        # Where all static shapes are equal PyTensor also writes a flat loop for contiguous
        # operands, which GCC does not vectorise: keep it for Fortran order only.
        loop = loop.replace(_IF_CONTIGUOUS, _IF_CONTIGUOUS.replace("if(", "if(false && "), 1)
        return declarations, checks, alloc, add_unit_stride_loop(loop, constant), rest

    def c_code_cache_version_apply(self, node):
        version = super().c_code_cache_version_apply(node)
        return (*version, "unit stride", 6) if version else version


class Float32Elemwise(UnitStrideElemwise):
    """A :class:`UnitStrideElemwise` all in float32, whose C constants are floats too."""

    def c_compile_args(self, **kwargs):
        """GCC's option for it."""
        return [*super().c_compile_args(**kwargs), "-fsingle-precision-constant"]


# Scalar Ops whose C code holds no constant that would suffer from rounding to float32. Others, such
# as ``psi``, evaluate series whose coefficients need double precision on the way.
_PLAIN = (
    *(scalar.Add, scalar.Sub, scalar.Mul, scalar.TrueDiv, scalar.Neg, scalar.Abs, scalar.Sign),
    *(scalar.Sqr, scalar.Sqrt, scalar.Reciprocal, scalar.Pow, scalar.Exp, scalar.Expm1),
    *(scalar.Log, scalar.Log1p, scalar.Tanh, scalar_math.Sigmoid, scalar_math.Softplus),
    *(scalar.Maximum, scalar.Minimum, scalar.Switch, scalar.Identity, scalar.Second, scalar.Cast),
    *(scalar.LT, scalar.GT, scalar.LE, scalar.GE, scalar.EQ, scalar.NEQ),
    *(scalar.AND, scalar.OR, scalar.XOR, scalar.Invert, scalar.Clip),
    *(ExpOfMinusAbs, Log1pOfFraction),
)


_PLAIN_DTYPES = {"float32", "bool", "int8", "uint8", "int16"}


def is_plain_float32(node):
    """Whether a node computes in float32, booleans and small integers, with plain scalar Ops."""
    op = node.op.scalar_op
    inner = op.fgraph.apply_nodes if isinstance(op, scalar.Composite) else ()
    ops = [inside.op for inside in inner] or [op]
    variables = [*node.inputs, *node.outputs]
    for inside in inner:
        variables += [*inside.inputs, *inside.outputs]
    dtypes = {variable.type.dtype for variable in variables}
    return dtypes <= _PLAIN_DTYPES and all(isinstance(each, _PLAIN) for each in ops)


def add_unit_stride_loop(code, constant):
    """Return the C `code` of an elementwise loop with a unit-stride copy of its inner loop.

    Parameters
    ----------
    code : str
        What ``elemwise_cgen.make_reordered_loop`` wrote (perhaps inside more code).
    constant : set of str
        C names of the operands that do not change along the last dimension.

    Returns
    -------
    str
        The code with the extra loop; unchanged where no such loop is found (zero or one dimension).
    """
    depths = {int(depth) for _, depth in _ADDRESS.findall(code)}
    if not depths:
        return code
    inner = max(depths)
    head = f"for(npy_intp ITER_{inner} = 0; ITER_{inner}<TOTAL_{inner}; ITER_{inner}++)"
    start = code.find(head)
    if start < 0 or code.find(head, start + 1) >= 0:
        return code
    stop = _end_of_block(code, start + len(head))
    general = code[start:stop]
    operands = dict.fromkeys(n for n, depth in _ADDRESS.findall(general) if int(depth) == inner)
    unit, before, conditions = general, "", []
    for name in operands:
        stride = 0 if name in constant else 1
        conditions.append(f"{name}_stride_l{inner} == {stride}")
        address = "0" if stride == 0 else f"ITER_{inner}"
        unit = unit.replace(f"{name}_stride_l{inner}*ITER_{inner}", address)
        if name in constant:
            # Read once: GCC cannot know that no output lies where the constant does.
            reference = re.search(rf"\w+ &{name}_i = [^;]*;", unit).group()
            unit = unit.replace(reference, "")
            before += reference.replace(" &", " ", 1) + "\n"
    fast = f"{before}#pragma GCC ivdep\n{unit}"
    both = f"if ({' && '.join(conditions)}) {{\n{fast}\n}} else {{\n{general}\n}}"
    return code[:start] + both + code[stop:]


def _end_of_block(code, start):
    """Index after the brace that closes the block opened first after `start`."""
    depth = 0
    for index in range(code.index("{", start), len(code)):
        depth += (code[index] == "{") - (code[index] == "}")
        if depth == 0:
            return index + 1
    raise AssertionError("unbalanced braces in generated C code")


def use_unit_stride_loops(float_constants):
    """The rewrite of each ``Elemwise`` of two or more dimensions to its unit-stride twin.

    Parameters
    ----------
    float_constants : bool
        Whether the compiler has GCC's ``-fsingle-precision-constant``.
    """

    @node_rewriter([Elemwise])
    def use_unit_stride_loop(fgraph, node):
        op = node.op
        if type(op) is not Elemwise or node.outputs[0].type.ndim < 2:
            return None
        kind = UnitStrideElemwise
        if float_constants and is_plain_float32(node):
            kind = Float32Elemwise
        scalar_op = with_cheap_softplus(op.scalar_op)
        twin = kind(scalar_op, op.inplace_pattern, name=op.name, nfunc_spec=op.nfunc_spec)
        return twin.make_node(*node.inputs).outputs

    return out2in(use_unit_stride_loop, name="use_unit_stride_loops")
