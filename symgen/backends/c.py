"""symgen's C mode: PyTensor's C virtual machine with a BLAS linked and vectorised loops.

What differs from PyTensor's own ``mode="CVM"``, which stays as it is:

- a BLAS is linked (:mod:`symgen.backends.blas`);
- Ops are compiled with flags that let GCC use vector maths and keep inf and NaN right
  (:data:`symgen.backends.compiler.VECTOR_MATHS_FLAGS`);
- elementwise loops have a unit-stride copy, or one over blocks laid out anew, and run on several
  threads (:mod:`symgen.rewrites.unit_stride_elemwise`); sums over everything, the last or the
  outer axes have several running totals (:mod:`symgen.rewrites.parallel_sum`);
- all Ops that use threads, and the BLAS, share them (:mod:`symgen.ops.threads`);
- softmax, reading and writing at integer arrays and argmax over several axes, which PyTensor runs in
  Python, run in C (:mod:`symgen.rewrites.c_forms`);
- matrices in float32 are multiplied without the detour that a BLAS takes
  (:mod:`symgen.rewrites.product_by_panels`);
- the step of a scan is compiled so too (:mod:`symgen.rewrites.scan_mode`), and a scan keeps products
  that its gradient needs again (:mod:`symgen.rewrites.keep_products`);
- the parts of a gradient that are a whole together are joined, not added to zeros one by one
  (:mod:`symgen.rewrites.join_of_parts`), by rows (:mod:`symgen.rewrites.join_by_rows`), and steps
  of a scan flattened without taking rows apart (:mod:`symgen.rewrites.rows_of_all_steps`) or turned round
  (:mod:`symgen.rewrites.reversed_steps`);
- what is known before a scan is multiplied in its steps where that saves a large array
  (:mod:`symgen.rewrites.products_in_steps`), and a gradient of many rows added up there
  (:mod:`symgen.rewrites.products_of_steps`);
- transposed arrays are laid out once, by blocks, where they would be read against the memory
  (:mod:`symgen.rewrites.contiguous`);
- products with a common factor are added before they are multiplied
  (:mod:`symgen.rewrites.common_factor`), what several sums begin with is added once
  (:mod:`symgen.rewrites.partial_sums`), and scans begin in no more memory than they need
  (:mod:`symgen.rewrites.small_buffers`);
- a loss is fused with its gradient (:mod:`symgen.rewrites.lift_scalar_expand_dims`), and what has no array in
  common is not (:mod:`symgen.rewrites.composites_apart`);
- Ops are compiled several to a file and side by side (:mod:`symgen.backends.parallel_compile`), and
  the options for the processor are asked for once (:mod:`symgen.backends.machine_flags`);
- large arrays begin where a line of the cache or a large page does (:mod:`symgen.ops.aligned`);
- intermediate results keep their memory between calls instead of giving it back each time.
"""

import functools

import numpy as np
import pytensor
from pytensor.compile.mode import Mode, predefined_optimizers
from pytensor.link.vm import VMLinker

from symgen.backends import blas, compiler, machine_flags
from symgen.backends.host import HostLinker
from symgen.backends.parallel_compile import compile_missing
from symgen.backends.pickled import picklable
from symgen.ops import aligned
from symgen.rewrites import (
    common_factor,
    composites_apart,
    join_of_parts,
    keep_products,
    partial_sums,
    products_in_steps,
    reversed_steps,
    rows_of_all_steps,
    small_buffers,
)
from symgen.rewrites.c_forms import use_c_indexing, use_c_softmax
from symgen.rewrites.cast_of_comparison import choose_by_comparison_everywhere
from symgen.rewrites.contiguous import (
    copy_before_convolving,
    copy_before_elementwise,
    copy_before_reshaping,
    copy_transposed_matrices_once,
)
from symgen.rewrites.corrected import corrected
from symgen.rewrites.join_by_rows import use_joins_of_rows
from symgen.rewrites.lift_scalar_expand_dims import lift_scalar_expand_dims_everywhere
from symgen.rewrites.parallel_sum import use_parallel_sums
from symgen.rewrites.product_by_panels import use_products_by_panels
from symgen.rewrites.products_of_steps import with_products_of_steps
from symgen.rewrites.scan_mode import compile_scans_with
from symgen.rewrites.unit_stride_elemwise import use_unit_stride_loops

# PyTensor fuses elementwise Ops at 49.
_BEFORE_FUSION = 48.7
# After fusion, inplace and the BLAS rewrites: nothing that looks for an ``Elemwise`` runs later.
_LAST = 100.0
# PyTensor 3.3 rewrites the steps of scans at 100.
AFTER_SCANS = 101.0


class _WithFlags:
    """A linker whose Ops are compiled together, with symgen's compiler flags."""

    def make_all(self, *args, **kwargs):
        """Compile every Op of the graph; see :class:`pytensor.link.vm.VMLinker`."""
        given = pytensor.config.gcc__cxxflags
        missing = [flag for flag in compiler.find().flags if flag not in given.split()]
        with pytensor.config.change_flags(gcc__cxxflags=" ".join([given, *missing]).strip()):
            machine_flags.recall()
            compile_missing(self.fgraph.toposort())
            machine_flags.remember()
            return super().make_all(*args, **kwargs)


class CLinker(_WithFlags, HostLinker):
    """PyTensor's C virtual machine, whose Ops are compiled with symgen's compiler flags."""

    def make_all(self, *args, **kwargs):
        """Compile every Op, and copy what the function updates to where vectors are in one line."""
        vm, inputs, *rest = super().make_all(*args, **kwargs)
        for position in (self.fgraph.update_mapping or {}).values():
            cell = inputs[position].storage
            if _is_to_align(cell[0]):
                cell[0] = aligned.aligned(cell[0])
        return vm, inputs, *rest


def _is_to_align(value):
    if type(value) is not np.ndarray or value.dtype.kind not in "fiub":
        return False
    adjacent = value.flags.c_contiguous or value.flags.f_contiguous
    return adjacent and value.nbytes >= aligned.SMALLEST and not aligned.is_aligned(value)


class CScanLinker(_WithFlags, VMLinker):
    """The same for the step of a scan, whose inputs are always in the host's memory."""


@functools.cache
def mode():
    """Return symgen's C :class:`~pytensor.compile.mode.Mode`.

    Raises
    ------
    CompilerError
        Without a working C++ compiler.
    """
    found = compiler.find()
    blas.link()
    # PyTensor turns ``scale * dot(x, y)`` into one product even where ``dot(x, y)`` is needed too,
    # and then computes the product twice; Adam's moments are such a case.
    rewrites = with_products_of_steps(
        corrected(
            predefined_optimizers["fast_run"].excluding("local_dot22_to_dot22scalar")
        )
    )
    ours = (
        (keep_products.keep_products_for_gradients, keep_products.POSITION),
        (common_factor.take_out_common_factors, common_factor.POSITION),
        (join_of_parts.join_parts_everywhere, join_of_parts.POSITION),
        (partial_sums.use_partial_sums, partial_sums.POSITION),
        (rows_of_all_steps.flatten_then_transpose_everywhere, rows_of_all_steps.POSITION),
        (reversed_steps.any_order_everywhere, reversed_steps.POSITION),
        (products_in_steps.multiply_in_steps_everywhere, products_in_steps.POSITION),
        (small_buffers.begin_in_small_buffers_everywhere, small_buffers.POSITION),
        (lift_scalar_expand_dims_everywhere, _BEFORE_FUSION),
        (use_c_softmax, _BEFORE_FUSION),
        (choose_by_comparison_everywhere, _BEFORE_FUSION),
        (composites_apart.take_composites_apart, composites_apart.POSITION),
        (use_unit_stride_loops(float_constants=found.is_gnu), _LAST),
        (use_parallel_sums, _LAST),
        (use_products_by_panels, _LAST),
        (use_c_indexing, _LAST),
        (use_joins_of_rows, _LAST),
        (copy_transposed_matrices_once, _LAST),
        (copy_before_reshaping, _LAST),
        (copy_before_convolving, _LAST),
        (copy_before_elementwise, _LAST),
    )
    ours += ((compile_scans_with(lambda: of_scan), AFTER_SCANS),)
    ours = picklable(mode, ours)
    of_scan = Mode(CScanLinker(use_cloop=True, allow_gc=False), rewrites).register(*ours)
    return Mode(CLinker(use_cloop=True, allow_gc=False), rewrites).register(*ours)
