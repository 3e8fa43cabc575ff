"""``theano.tensor.subtensor``: parts of arrays, in Theano's forms on PyTensor's Ops."""

import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable
from pytensor.tensor import subtensor
from pytensor.tensor.exceptions import AdvancedIndexingError
from pytensor.tensor.subtensor import (  # noqa: F401
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
    SubtensorPrinter,
    _sum_grad_over_bcasted_dims,
    advanced_inc_subtensor,
    advanced_inc_subtensor1,
    advanced_set_subtensor,
    advanced_set_subtensor1,
    advanced_subtensor,
    advanced_subtensor1,
    get_canonical_form_slice,
    get_idx_list,
    inc_subtensor,
    set_subtensor,
    take,
)
from pytensor.tensor.type_other import NoneConst, NoneTypeT, SliceType, make_slice

from symgen.errors import DtypeError, NotSupportedError
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor._op_forms import Form, OpForm

__getattr__ = attribute_lookup(__name__)

# PyTensor has one Op for all indices that are arrays, boolean ones too.
BaseAdvancedSubtensor = AdvancedBooleanSubtensor = AdvancedSubtensor
BaseAdvancedIncSubtensor = AdvancedBooleanIncSubtensor = AdvancedIncSubtensor
advanced_boolean_subtensor = advanced_subtensor
advanced_boolean_inc_subtensor = advanced_inc_subtensor
advanced_boolean_set_subtensor = advanced_set_subtensor


class AdvancedBooleanIndexingError(AdvancedIndexingError):
    """A boolean index where none can be."""


# PyTensor up to 3.0 has Theano's Ops for rows beside those for all arrays.
_ROWS = getattr(subtensor, "AdvancedSubtensor1", None)
_INC_ROWS = getattr(subtensor, "AdvancedIncSubtensor1", None)


class _RowsForm(OpForm):
    """Metaclass: an Op for arrays counts as one for rows if it has one index, of the first axis."""

    def __instancecheck__(cls, instance):
        if isinstance(instance, cls.general_class):
            return tuple(instance.idx_list) == (0,)
        return super().__instancecheck__(instance)


class AdvancedSubtensor1(Form, metaclass=_RowsForm):
    """``AdvancedSubtensor1()(x, ilist)``: rows of x, ``x[ilist]`` for a vector of integers.

    Parameters
    ----------
    sparse_grad : bool
        Whether the gradient of a matrix is a sparse matrix; not with every version of PyTensor.
    """

    general_class = AdvancedSubtensor
    op_classes = () if _ROWS is None else (_ROWS,)
    __props__ = ("sparse_grad",)

    def __init__(self, sparse_grad=False):
        if sparse_grad and _ROWS is None:
            raise NotSupportedError(
                "sparse_grad=False", "True", "This version of PyTensor has dense gradients only."
            )
        self.sparse_grad = sparse_grad

    def __call__(self, x, ilist):
        """Return the rows."""
        return _ROWS(self.sparse_grad)(x, ilist) if _ROWS else advanced_subtensor1(x, ilist)


class AdvancedIncSubtensor1(Form, metaclass=_RowsForm):
    """``AdvancedIncSubtensor1()(x, y, ilist)``: x with y added to rows, or put there.

    Parameters
    ----------
    inplace : bool
        Whether x is changed itself; not with every version of PyTensor.
    set_instead_of_inc : bool
        Whether y is put there.
    """

    general_class = AdvancedIncSubtensor
    op_classes = () if _INC_ROWS is None else (_INC_ROWS,)
    __props__ = ("inplace", "set_instead_of_inc")

    def __init__(self, inplace=False, set_instead_of_inc=False):
        if inplace and _INC_ROWS is None:
            raise NotSupportedError("inplace=False", "True", "Leave it to the compiler.")
        self.inplace, self.set_instead_of_inc = inplace, set_instead_of_inc

    def __call__(self, x, y, ilist):
        """Return the changed array."""
        if _INC_ROWS:
            return _INC_ROWS(self.inplace, self.set_instead_of_inc)(x, y, ilist)
        change = advanced_set_subtensor1 if self.set_instead_of_inc else advanced_inc_subtensor1
        return change(x, y, ilist)


def sparse_grad(var):
    """Return rows of a matrix, ``x[ilist]``, whose gradient with respect to x is a sparse matrix.

    Parameters
    ----------
    var : TensorVariable
        ``x[ilist]``, for a vector of integers.

    Raises
    ------
    DtypeError
        A ``TypeError``: for any other variable.
    NotSupportedError
        Where PyTensor has dense gradients only.
    """
    if var.owner is None or not isinstance(var.owner.op, AdvancedSubtensor1):
        raise DtypeError("rows x[ilist] of a matrix", f"{var}", "Index with one integer vector.")
    return AdvancedSubtensor1(sparse_grad=True)(*var.owner.inputs)


def as_index_variable(idx):
    """Return an index as a variable: ``None``, a slice, or an integer or boolean tensor.

    Raises
    ------
    DtypeError
        A ``TypeError``: for another dtype.
    """
    if idx is None:
        return NoneConst.clone()
    if isinstance(idx, slice):
        return make_slice(idx)
    if isinstance(idx, Variable) and isinstance(idx.type, NoneTypeT | SliceType):
        return idx
    idx = pt.as_tensor_variable(idx)
    if idx.type.dtype not in (*pt.type.discrete_dtypes, "bool"):
        raise DtypeError("an index of integers or booleans", idx.type.dtype, "Cast it.")
    return idx


def make_constant(args):
    """Return indices with constants as numbers; tuples and slices are gone through."""
    if isinstance(args, tuple | list):
        return tuple(make_constant(arg) for arg in args)
    if isinstance(args, slice):
        return slice(make_constant(args.start), make_constant(args.stop), make_constant(args.step))
    return args.data if isinstance(args, Constant) else args


def check_and_reject_bool(args_el):
    """Raise for a boolean index.

    Raises
    ------
    AdvancedBooleanIndexingError
        A ``TypeError``.
    """
    if isinstance(args_el, bool) or getattr(args_el, "dtype", None) == "bool":
        raise AdvancedBooleanIndexingError(f"expected an index that is not boolean; got {args_el}.")
    if isinstance(args_el, tuple | list):
        for element in args_el:
            check_and_reject_bool(element)
