"""``theano.compile.io``: the inputs and outputs of a function, with Theano's default values."""

# fmt: off
from pytensor.compile.io import In as PytensorIn, Out, SymbolicInput, SymbolicOutput
# fmt: on
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.link.basic import Container

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


class In(PytensorIn):
    """An input of a function, possibly with a default value or a state of its own.

    Parameters
    ----------
    variable : Variable
    name : str, optional
        For the keyword argument and ``f[name]``; the variable's own name by default.
    value : object, optional
        The value at calls that give none. With `update`, the initial state. A
        :class:`~pytensor.link.basic.Container` (``f.container[x]``) is shared with its function.
    update : Variable, optional
        The state after a call.
    mutable : bool, optional
        Whether the function may destroy the value; by default, whether there is an `update`.
    strict, allow_downcast, autoname, borrow, shared
        As in PyTensor.
    implicit : bool, optional
        Whether no call may give a value; by default, whether `value` is a container.

    Raises
    ------
    TypeError
        For an implicit input without a value, and an `update` of another type.
    """

    def __init__(
        self,
        variable,
        name=None,
        value=None,
        update=None,
        mutable=None,
        strict=False,
        allow_downcast=None,
        autoname=True,
        implicit=None,
        borrow=None,
        shared=False,
    ):
        if implicit is None:
            implicit = isinstance(value, Container | SharedVariable)
        if implicit and value is None:
            raise TypeError("An implicit input must be given a default value")
        super().__init__(
            variable,
            name=name,
            update=update,
            mutable=mutable,
            strict=strict,
            allow_downcast=allow_downcast,
            autoname=autoname,
            implicit=False,
            borrow=borrow,
            shared=shared,
        )
        self.implicit, self.value = implicit, value
