"""``theano.compile.ops``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.debug.debugmode import OutputGuard
from pytensor.compile.ops import (
    DeepCopyOp, FromFunctionOp, ViewOp, as_op, deep_copy_op, load_back,
    register_deep_copy_op_c_code, register_view_op_c_code, view_op,
)
from pytensor.tensor.shape import (
    Shape, Shape_i, SpecifyShape, register_shape_c_code, register_shape_i_c_code, shape,
    shape_i, shape_i as shape_i_op, specify_shape,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
