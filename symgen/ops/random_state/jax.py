"""RandomFunction on JAX: refused by name, as numpy.random.RandomState does not exist there."""

from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.errors import BackendError
from symgen.ops.random_state.op import RandomFunction


@jax_funcify.register(RandomFunction)
def jax_funcify_random_function(op, **kwargs):
    """Raise :class:`BackendError`."""
    raise BackendError(
        "random numbers that backend 'jax' can draw",
        f"{op}, which draws with numpy.random.RandomState",
        "Use MRG_RandomStreams, which has the same methods; or backend 'c' or 'py'.",
    )
