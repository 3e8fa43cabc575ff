"""``theano.ifelse``: an ``if`` that computes only the branch that it takes."""

from pytensor.graph.basic import Variable
from pytensor.tensor.type import TensorType

try:  # PyTensor 3.3
    from pytensor.conditional.op import IfElse
    from pytensor.conditional.op import ifelse as pytensor_ifelse
except ModuleNotFoundError:
    from pytensor.ifelse import IfElse
    from pytensor.ifelse import ifelse as pytensor_ifelse

from symgen.theano._missing import attribute_lookup

__all__ = ["IfElse", "ifelse"]

__getattr__ = attribute_lookup(__name__)


def ifelse(condition, then_branch, else_branch, name=None):
    """Return `then_branch` where the scalar `condition` is not 0, else `else_branch`.

    Parameters
    ----------
    condition : scalar
    then_branch, else_branch : variable, number, or equally long lists or tuples of them
        Of the same types, dimensions of length 1 included.
    name : str, optional

    Returns
    -------
    Variable or list of Variable

    Raises
    ------
    TypeError
        When the branches are of different types.
    ValueError
        When they are of different lengths.
    """
    pairs = zip(_as_list(then_branch), _as_list(else_branch), strict=False)
    for then, other in pairs:
        one, two = getattr(then, "type", None), getattr(other, "type", None)
        if isinstance(one, TensorType) != isinstance(two, TensorType) and _both(then, other):
            raise TypeError(f"expected branches of one type; got {one} and {two}")
        tensors = isinstance(one, TensorType) and isinstance(two, TensorType)
        if tensors and one.ndim == two.ndim and one.broadcastable != two.broadcastable:
            raise TypeError(
                "expected branches with the same dimensions of length 1; got "
                f"{one} and {two}. Use theano.tensor.patternbroadcast on one of them."
            )
    return pytensor_ifelse(condition, then_branch, else_branch, name)


def _as_list(branch):
    return list(branch) if isinstance(branch, list | tuple) else [branch]


def _both(then, other):
    return isinstance(then, Variable) and isinstance(other, Variable)
