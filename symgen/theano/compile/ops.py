"""``theano.compile.ops``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.debug.debugmode import OutputGuard
from pytensor.compile.ops import (
    DeepCopyOp, FromFunctionOp, ViewOp, as_op as pytensor_as_op, deep_copy_op, load_back,
    register_deep_copy_op_c_code, register_view_op_c_code, view_op,
)
from pytensor.tensor.shape import (
    Shape, Shape_i, SpecifyShape, register_shape_c_code, register_shape_i_c_code, shape,
    shape_i, shape_i as shape_i_op, specify_shape,
)
# fmt: on

from symgen.errors import NotSupportedError
from symgen.ops.rebroadcast import Rebroadcast
from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)

#: The types that ``Rebroadcast`` could add a dimension to, in old Theano: none.
expandable_types = ()


def as_op(itypes, otypes, infer_shape=None):
    """Return a decorator that makes an Op of a function of arrays.

    Parameters
    ----------
    itypes, otypes : Type or list of Type
        The types of the inputs and outputs.
    infer_shape : callable, optional
        ``infer_shape(node, shapes)`` gives the list of the outputs' shapes.
    """
    if infer_shape is None:
        return pytensor_as_op(itypes, otypes)

    def shapes_of(*arguments):  # PyTensor 3.0 gives the graph before
        return infer_shape(*arguments[-2:])

    return pytensor_as_op(itypes, otypes, shapes_of)


def register_rebroadcast_c_code(typ, code, version=()):
    """Refuse: Rebroadcast here takes tensors only, whose code it has."""
    raise NotSupportedError(
        "tensors as the arguments of Rebroadcast", repr(typ), "Give the Type an Op of its own."
    )


def register_specify_shape_c_code(typ, code, version=(), c_support_code_apply=None):
    """Refuse: SpecifyShape here takes tensors only, whose code it has."""
    raise NotSupportedError(
        "tensors as the arguments of SpecifyShape", repr(typ), "Give the Type an Op of its own."
    )
