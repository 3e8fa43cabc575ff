"""Give PyTensor's C elementwise loops an inner loop over adjacent elements, which GCC vectorises.

PyTensor's generated loops step through every operand by strides known only at run time; GCC cannot
use vector instructions there. In symgen's C mode each :class:`~pytensor.tensor.elemwise.Elemwise`
of two or more dimensions becomes a :class:`UnitStrideElemwise`: the same Op, whose C code also
holds the loop for the common case (operands contiguous in the inner dimension, or constant along
it) with the strides written out as 1 or 0. Other layouts take PyTensor's own loop.
"""

import re

from pytensor.graph.rewriting.basic import out2in, node_rewriter
from pytensor.tensor.elemwise import Elemwise

# The innermost loop as PyTensor writes it: head, then the reference declarations, then the work.
_ADDRESS = re.compile(r"(\w+)_stride_l(\d+)\*ITER_\2")


class UnitStrideElemwise(Elemwise):
    """An ``Elemwise`` whose C code has a loop for operands of unit stride besides the general one."""

    def _c_all(self, node, nodename, inames, onames, sub):
        declarations, checks, alloc, loop, rest = super()._c_all(
            node, nodename, inames, onames, sub
        )
        constant = {
            name
            for name, variable in zip(inames, node.inputs, strict=True)
            if variable.type.shape[-1] == 1
        }
        return declarations, checks, alloc, add_unit_stride_loop(loop, constant), rest

    def c_code_cache_version_apply(self, node):
        version = super().c_code_cache_version_apply(node)
        return (*version, "unit stride", 1) if version else version


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
    unit, conditions = general, []
    for name in operands:
        stride = 0 if name in constant else 1
        conditions.append(f"{name}_stride_l{inner} == {stride}")
        address = "0" if stride == 0 else f"ITER_{inner}"
        unit = unit.replace(f"{name}_stride_l{inner}*ITER_{inner}", address)
    both = f"if ({' && '.join(conditions)}) {{\n#pragma GCC ivdep\n{unit}\n}} else {{\n{general}\n}}"
    return code[:start] + both + code[stop:]


def _end_of_block(code, start):
    """Index after the brace that closes the block opened first after `start`."""
    depth = 0
    for index in range(code.index("{", start), len(code)):
        depth += (code[index] == "{") - (code[index] == "}")
        if depth == 0:
            return index + 1
    raise AssertionError("unbalanced braces in generated C code")


@node_rewriter([Elemwise])
def use_unit_stride_loops(fgraph, node):
    """Replace an ``Elemwise`` of two or more dimensions by its :class:`UnitStrideElemwise`."""
    op = node.op
    if type(op) is not Elemwise or node.outputs[0].type.ndim < 2:
        return None
    twin = UnitStrideElemwise(op.scalar_op, op.inplace_pattern, name=op.name, nfunc_spec=op.nfunc_spec)
    return twin.make_node(*node.inputs).outputs


use_unit_stride_loops_everywhere = out2in(use_unit_stride_loops, name="use_unit_stride_loops")
