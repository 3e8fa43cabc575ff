"""The models of ``workloads.OF_MODELS`` in JAX, by family; ``jax_jit`` trains them.

A family's file holds ``LOSSES``: workload -> (loss, update rule's name), with ``loss(spec, p, batch, noise)`` of
parameters ``p``, weights ``(fan_in, fan_out)``, and the step's draws by name.
"""

import jax.numpy as jnp


def bernoulli_nats(logits, x):
    """Cross-entropy from logits of each number: the form that is fastest under XLA on a CPU."""
    return jnp.maximum(logits, 0) - x * logits + jnp.log1p(jnp.exp(-jnp.abs(logits)))
