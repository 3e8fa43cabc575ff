"""What moved arrays between host and device: here a function lives on one device as a whole."""

from pytensor.tensor import as_tensor_variable

from symgen.errors import NotSupportedError
from symgen.theano.tensor.nnet._stand_in import StandIn, StandInOp


class Transfer(StandInOp):
    """An Op that Theano moved or copied an array with; it returns its argument as a variable."""

    def make_graph(self, x):
        """Return `x` as a tensor variable."""
        return as_tensor_variable(x)


class GpuOnly(metaclass=StandIn):
    """Base of classes for code in CUDA: they can be named and subclassed, not constructed."""

    @classmethod
    def recognises(cls, op):
        """Nothing here is of these classes."""
        return False

    def __new__(cls, *args, **kwargs):
        """Refuse."""
        raise NotSupportedError(
            "an Op that symgen can compute",
            f"{cls.__name__}, which ran code of its own on Theano's GPU arrays",
            "Write it as an expression of theano.tensor; a backend then compiles it for the GPU.",
        )


def no_gpu_array(name):
    """Return the error of what needs one of Theano's GPU arrays.

    Parameters
    ----------
    name : str
        Of the function.
    """
    return NotSupportedError(
        "something that has a meaning without Theano's GPU arrays",
        f"{name}()",
        "Arrays of symgen are NumPy's; mode=symgen.backends.select('jax') or ('torch') uses a GPU.",
    )
