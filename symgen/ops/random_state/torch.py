"""RandomFunction on PyTorch: refused by name, as numpy.random.RandomState does not exist there."""

from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.errors import BackendError
from symgen.ops.random_state.op import RandomFunction


@pytorch_funcify.register(RandomFunction)
def pytorch_funcify_random_function(op, **kwargs):
    """Raise :class:`BackendError`."""
    raise BackendError(
        "random numbers that backend 'torch' can draw",
        f"{op}, which draws with numpy.random.RandomState",
        "Use MRG_RandomStreams, which has the same methods; or backend 'c' or 'py'.",
    )
