"""The type of variables that hold a ``numpy.random.RandomState``."""

import numpy as np
from pytensor.compile.ops import register_view_op_c_code
from pytensor.graph.type import Type

from symgen.errors import DtypeError


class RandomStateType(Type):
    """Type of a ``numpy.random.RandomState``, whose equality is that of the states."""

    __props__ = ()

    def __eq__(self, other):
        return type(self) is type(other)

    def __hash__(self):
        return hash(type(self))

    def __repr__(self):
        return "RandomStateType"

    def filter(self, data, strict=False, allow_downcast=None):
        """Return `data` if it is a RandomState.

        Raises
        ------
        DtypeError
            A ``TypeError``: for anything else.
        """
        if not self.is_valid_value(data):
            raise DtypeError(
                "a numpy.random.RandomState", repr(data), "Make one: np.random.RandomState(seed)."
            )
        return data

    def is_valid_value(self, data, strict=True):
        """Whether `data` is a RandomState."""
        return type(data) is np.random.RandomState

    @staticmethod
    def values_eq(a, b):
        """Whether two generators will give the same numbers."""
        (kind, key, position, has_gauss, gauss), other = a.get_state(), b.get_state()
        same = (kind, position, has_gauss) == (other[0], other[2], other[3])
        # The number kept back from the last normal draw counts only where there is one.
        return same and bool((key == other[1]).all()) and (not has_gauss or gauss == other[4])

    @staticmethod
    def may_share_memory(a, b):
        """Whether it is one generator."""
        return a is b

    def get_shape_info(self, value):
        """What :meth:`get_size` needs: nothing, as all states are equally large."""
        return None

    def get_size(self, shape_info):
        """Bytes that a state takes."""
        parts = np.random.RandomState(0).get_state()
        return sum(
            part.nbytes
            if isinstance(part, np.ndarray)
            else len(part)
            if isinstance(part, str)
            else 8
            for part in parts
        )


def copy_state(generator):
    """Return a RandomState in the same state, which shares nothing with `generator`."""
    copied = np.random.RandomState(0)
    copied.set_state(generator.get_state())
    return copied


#: The one instance that is needed.
random_state_type = RandomStateType()

register_view_op_c_code(
    RandomStateType,
    """
    Py_XDECREF(%(oname)s);
    %(oname)s = %(iname)s;
    Py_XINCREF(%(oname)s);
    """,
    1,
)
