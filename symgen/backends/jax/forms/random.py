"""PyTensor's own random variables, drawn from JAX's generator under a key."""

import jax
import jax.numpy as jnp
import numpy as np
import pytensor.tensor.random.basic as distributions
from pytensor.link.jax.dispatch.random import jax_sample_fn
from pytensor.tensor.random.op import RandomVariable

from symgen.backends.jax.convert import DEVICE_ONLY, form, needs_host, on_host

DEVICE_ONLY.append(RandomVariable)


@form.register(RandomVariable)
def random_variable_form(op, node):
    """The key after the draw, and the draw."""
    dtype = node.outputs[1].type.dtype
    if isinstance(op, distributions.BinomialRV):
        sample = _binomial
    else:
        sample = jax_sample_fn(op, node=node)

    def draw(key, size, *parameters):
        if size is not None and not on_host(size):
            raise needs_host(op, "a size")
        if size is not None:
            size = tuple(int(n) for n in size)
        elif not op.ndim_supp and not any(op.ndims_params):
            size = np.broadcast_shapes(*map(np.shape, parameters))
        after, key = jax.random.split(key)
        parameters = [p.item() if on_host(p) and not np.ndim(p) else p for p in parameters]
        return after, sample(key, size, dtype, *parameters)

    return draw


def _binomial(key, size, dtype, n, p):
    kind = jnp.result_type(float)
    return jax.random.binomial(
        key, jnp.asarray(n, kind), jnp.asarray(p, kind), shape=size, dtype=kind
    )


def key_of(generator):
    """Two words that stand for the state of a NumPy generator."""
    state = generator.bit_generator.state["state"]
    word = state.get("state", state.get("counter", state.get("key")))
    if isinstance(word, int):
        words = [word >> shift & 0xFFFFFFFF for shift in (0, 32, 64, 96)]
        return np.array([words[0] ^ words[2], words[1] ^ words[3]], np.uint32)
    return np.random.SeedSequence(
        [int(w) for w in np.ravel(word)] + [int(state.get("pos", 0))]
    ).generate_state(2)


def advance(generator):
    """Move a NumPy generator on by one step."""
    generator.bit_generator.random_raw(1)
