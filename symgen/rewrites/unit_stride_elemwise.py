"""Give PyTensor's C elementwise loops an inner loop over adjacent elements, which GCC vectorises.

PyTensor's generated loops step through every operand by strides known only at run time; GCC cannot
use vector instructions there. In symgen's C mode each :class:`~pytensor.tensor.elemwise.Elemwise`
of two or more dimensions becomes a :class:`UnitStrideElemwise`: the same Op, whose C code also
holds the loop for the common case (operands contiguous in the inner dimension, or constant along
it) with the strides written out as 1 or 0. Other layouts take PyTensor's own loop; where functions such
as ``tanh`` are computed, operands are copied to where they are adjacent first, 64 numbers at a time.
Axes along which the operands lie as one are merged before, and long loops are cut for the threads.

PyTensor also writes constants as C doubles, ``0.1 * x``, so that a float32 loop computes in double
and half as many elements fit a vector register. Where all is float32 a :class:`Float32Elemwise`
compiles them as floats.
"""

import re

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scalar import basic as scalar
from pytensor.scalar import math as scalar_math
from pytensor.tensor.elemwise import Elemwise

from symgen.ops import aligned, threads
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
        cost = nanoseconds(node)
        blocks = cost > _FUNCTION and not _JUMP.search(loop)
        loop = add_unit_stride_loop(loop, constant, blocks)
        return declarations, checks, alloc, on_threads(loop, cost), rest

    def c_headers(self, **kwargs):
        """PyTensor's, and those of the threads."""
        return [*super().c_headers(**kwargs), *threads.HEADERS, *aligned.HEADERS]

    def c_support_code(self, **kwargs):
        """PyTensor's, and the threads."""
        ours = aligned.SUPPORT_CODE + threads.SUPPORT_CODE + LOOP_ON_THREADS
        return super().c_support_code(**kwargs) + ours

    def c_code_cache_version_apply(self, node):
        version = super().c_code_cache_version_apply(node)
        return (*version, "unit stride", 14, threads.VERSION, aligned.VERSION) if version else version


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


def add_unit_stride_loop(code, constant, blocks=False):
    """Return the C `code` of an elementwise loop with a unit-stride copy of its inner loop.

    Parameters
    ----------
    code : str
        What ``elemwise_cgen.make_reordered_loop`` wrote (perhaps inside more code).
    constant : set of str
        C names of the operands that do not change along the last dimension.
    blocks : bool
        Whether operands of other strides are laid out anew, some at a time, so that their functions are
        computed in vectors too. The code is for :func:`on_threads` then.

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
    other = in_blocks(general, inner) if blocks else general
    both = f"if ({' && '.join(conditions)}) {{\n{fast}\n}} else {{\n{other}\n}}"
    return code[:start] + both + code[stop:]


_JUMP = re.compile(r"\b(goto|return)\b")
_PLACE_OF = re.compile(r"#define (\w+)_i (\w+)_i\b")
_ASSIGNED = re.compile(r"\b(\w+)_i\s*=[^=]")
_REFERENCE = re.compile(r"(\w+) &(\w+)_i = ([^;]*);")


def in_blocks(loop, inner):
    """The general C `loop` over the axis `inner`, by blocks that are copied to where they are adjacent.

    Its bounds are what :func:`on_threads` defines.
    """
    references = _REFERENCE.findall(loop)
    body = _REFERENCE.sub("", loop[loop.index("{") :])
    # A result that takes the place of an operand goes by another name: "#define result_i operand_i".
    place_of = dict(_PLACE_OF.findall(body))
    written = {place_of.get(name, name) for name in _ASSIGNED.findall(body)}
    declare = load = refer = store = ""
    for dtype, name, place in references:
        place = place.replace(f"ITER_{inner}", "(BLOCK + K)")
        declare += f"{dtype} {name}_block[64];\n"
        load += f"{name}_block[K] = {place};\n"
        refer += f"{dtype} &{name}_i = {name}_block[K];\n"
        if name in written:
            store += f"{place} = {name}_block[K];\n"
    return (
        f"for (npy_intp BLOCK = FIRST_{inner}; BLOCK < LAST_{inner}; BLOCK += 64) {{\n"
        f"const npy_intp COUNT = LAST_{inner} - BLOCK < 64 ? LAST_{inner} - BLOCK : 64;\n{declare}"
        f"for (npy_intp K = 0; K < COUNT; K++) {{\n{load}}}\n"
        f"#pragma GCC ivdep\nfor (npy_intp K = 0; K < COUNT; K++) {{\n{refer}{body}\n}}\n"
        f"for (npy_intp K = 0; K < COUNT; K++) {{\n{store}}}\n}}"
    )


_LOOP = re.compile(r"for\(npy_intp ITER_(\d+) = 0; ITER_\1<TOTAL_\1; ITER_\1\+\+\)")
_STRIDE = re.compile(r"\b(\w+)_stride_l(\d+)\b")

LOOP_ON_THREADS = """
#ifndef SYMGEN_LOOP
#define SYMGEN_LOOP
/* Calls body(from, to) for parts of 0 ... total, that are multiples of `grain` long. */
template <typename Body> struct LoopOnThreads {
  const Body* body;
  npy_intp total, part;
  static void unit(void* context, int unit, int) {
    const LoopOnThreads& loop = *(const LoopOnThreads*) context;
    const npy_intp from = unit * loop.part, to = from + loop.part;
    (*loop.body)(from, to < loop.total ? to : loop.total);
  }
};
template <typename Body>
static void loop_on_threads(npy_intp total, npy_intp grain, const Body& body) {
  const npy_intp units = 2 * threads_count();
  LoopOnThreads<Body> loop = {&body, total, ((total + units - 1) / units + grain - 1) / grain * grain};
  threads_parallel(LoopOnThreads<Body>::unit, &loop, (int) ((total + loop.part - 1) / loop.part));
}
#endif
"""

# Work that is worth handing out, in nanoseconds.
_WORTH_THREADS = 8000

# Of one number, in nanoseconds on one core, where GCC has vector instructions for it, and where not.
_CHEAP, _FUNCTION, _SCALAR_FUNCTION = 0.08, 0.6, 8.0
_CHEAP_OPS = (
    *(scalar.Add, scalar.Sub, scalar.Mul, scalar.TrueDiv, scalar.Neg, scalar.Abs, scalar.Sign),
    *(scalar.Sqr, scalar.Sqrt, scalar.Reciprocal, scalar.Maximum, scalar.Minimum, scalar.Switch),
    *(scalar.Identity, scalar.Second, scalar.Cast, scalar.Clip, scalar.LT, scalar.GT, scalar.LE),
    *(scalar.GE, scalar.EQ, scalar.NEQ, scalar.AND, scalar.OR, scalar.XOR, scalar.Invert),
)
_VECTOR_FUNCTIONS = (
    *(scalar.Exp, scalar.Expm1, scalar.Log, scalar.Log1p, scalar.Tanh, scalar.Sin, scalar.Cos),
    *(scalar_math.Sigmoid, scalar_math.Softplus, scalar.Pow, ExpOfMinusAbs, Log1pOfFraction),
)


def nanoseconds(node):
    """About how long an elementwise `node` takes for one number of its output, on one core."""
    op = node.op.scalar_op
    inner = op.fgraph.apply_nodes if isinstance(op, scalar.Composite) else ()
    wide = 1 + any(variable.type.dtype == "float64" for variable in node.outputs)
    total = 0.1 * (len(node.inputs) + len(node.outputs)) * wide
    for each in [inside.op for inside in inner] or [op]:
        if isinstance(each, _CHEAP_OPS):
            total += _CHEAP * wide
        elif isinstance(each, _VECTOR_FUNCTIONS):
            total += _FUNCTION * wide**2
        else:
            total += _SCALAR_FUNCTION
    return total


def on_threads(code, cost):
    """Return the C `code` of an elementwise loop with its axes merged and its work handed out.

    Axes along which all operands lie as one, as all axes of contiguous arrays of one shape do, become
    one. A short inner axis changes places with a long one before it. If there is work enough then, an
    outer axis is cut for the threads.

    Parameters
    ----------
    code : str
        As :func:`add_unit_stride_loop` takes and gives it.
    cost : float
        Nanoseconds that one number takes.

    Returns
    -------
    str
        The code; unchanged where no loops are found or where they may be left by a jump.
    """
    start = code.find("for(npy_intp ITER_0 = 0;")
    if start < 0 or _JUMP.search(code):
        return code
    stop = _end_of_block(code, start)
    loops = code[start:stop]
    inner = max(int(depth) for depth in _LOOP.findall(loops))
    operands = dict.fromkeys(name for name, _ in _STRIDE.findall(loops))
    text = ""
    for axis in range(inner - 1, -1, -1):
        between = [f"TOTAL_{k} == 1" for k in range(axis + 1, inner)]
        same = [f"{v}_stride_l{axis} == {v}_stride_l{inner} * TOTAL_{inner}" for v in operands]
        text += f"if ({' && '.join(between + same)}) {{ TOTAL_{inner} *= TOTAL_{axis}; TOTAL_{axis} = 1; }}\n"
    # An axis of length 1 before the inner one makes room for a longer one.
    for axis in range(inner - 2, -1, -1):
        exchanged = [f"std::swap(TOTAL_{axis}, TOTAL_{inner - 1});"]
        exchanged += [f"std::swap({v}_stride_l{axis}, {v}_stride_l{inner - 1});" for v in operands]
        text += f"if (TOTAL_{inner - 1} == 1 && TOTAL_{axis} > 1) {{ {' '.join(exchanged)} }}\n"
    if inner:
        exchanged = [f"std::swap(TOTAL_{inner}, TOTAL_{inner - 1});"]
        exchanged += [f"std::swap({v}_stride_l{inner}, {v}_stride_l{inner - 1});" for v in operands]
        text += f"if (TOTAL_{inner} < 16 && TOTAL_{inner - 1} >= 64) {{ {' '.join(exchanged)} }}\n"
    bounds = "".join(
        f"const npy_intp FIRST_{k} = CUT == {k} ? FROM : 0, LAST_{k} = CUT == {k} ? TO : TOTAL_{k};\n"
        for k in range(inner + 1)
    )
    bounds += _LOOP.sub(
        r"for(npy_intp ITER_\1 = FIRST_\1; ITER_\1<LAST_\1; ITER_\1++)", loops
    )
    text += "const npy_intp WORK = " + " * ".join(f"TOTAL_{k}" for k in range(inner + 1)) + ";\n"
    text += f"int CUT = {inner};\n"
    for axis in range(inner - 1, -1, -1):
        text += f"if (TOTAL_{axis} >= 4 * threads_count()) CUT = {axis};\n"
    # As arguments of a function that captures nothing, for GCC to know that no store changes them.
    names = [f"{v}_iter" for v in operands]
    names += [f"{v}_stride_l{k}" for v in operands for k in range(inner + 1)]
    names += [f"TOTAL_{k}" for k in range(inner + 1)] + ["CUT"]
    arguments, totals = ", ".join(names), ", ".join(f"TOTAL_{k}" for k in range(inner + 1))
    parameters = ", ".join(f"auto {name}" for name in names)
    text += (
        f"const npy_intp TOTALS[] = {{{totals}}};\n"
        f"auto LOOPS = []({parameters}, npy_intp FROM, npy_intp TO) {{\n{bounds}\n}};\n"
        f"auto BODY = [=](npy_intp FROM, npy_intp TO) {{ LOOPS({arguments}, FROM, TO); }};\n"
        f"if (WORK * {cost:.2f} < {_WORTH_THREADS}) BODY(0, TOTALS[CUT]);\n"
        f"else loop_on_threads(TOTALS[CUT], CUT == {inner} ? 16 : 1, BODY);\n"
    )
    return code[:start] + text + code[stop:]


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
