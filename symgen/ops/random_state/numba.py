"""RandomFunction on Numba: refused by name, as numpy.random.RandomState does not exist there."""

from pytensor.link.numba.dispatch.basic import numba_funcify

from symgen.errors import BackendError
from symgen.ops.random_state.op import RandomFunction


@numba_funcify.register(RandomFunction)
def numba_funcify_random_function(op, **kwargs):
    """Raise :class:`BackendError`."""
    raise BackendError(
        "random numbers that backend 'numba' can draw",
        f"{op}, which draws with numpy.random.RandomState",
        "Use MRG_RandomStreams, which has the same methods; or backend 'c' or 'py'.",
    )
