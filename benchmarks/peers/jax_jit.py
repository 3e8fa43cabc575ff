"""JAX: the whole step in one ``jax.jit`` with donated state, called once a step from Python.

The data lie on the device; the minibatch is a ``lax.dynamic_slice`` at a traced index. Of the
ways to write the cross-entropy from logits, the one below was the fastest under XLA on a CPU
(``jax.nn.softplus`` takes twice, ``jax.nn.log_sigmoid`` four times as long with its gradient).

XLA takes the size of its thread pool from the CPUs that the process may use and from
``PJRT_NPROC``; the harness sets both.
"""

from functools import partial

import jax
import jax.numpy as jnp
import jaxlib

from benchmarks.peers import repeat


def versions(threads):
    """Say versions and device."""
    return {
        "framework": "jax " + jax.__version__,
        "jaxlib": jaxlib.__version__,
        "device": str(jax.devices()[0]),
    }


def fetch(loss):
    """The loss as a float; waits for the computation of this and so of all earlier steps."""
    return float(loss)


def bernoulli_nats(logits, x):
    """Cross-entropy from logits, summed over everything."""
    return jnp.sum(
        jnp.maximum(logits, 0) - x * logits + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    )


def vae_loss(p, x, eps):
    """Negative ELBO in nats per example."""
    h = jax.nn.relu(x @ p["W_h"] + p["b_h"])
    mu = h @ p["W_mu"] + p["b_mu"]
    log_var = h @ p["W_log_var"] + p["b_log_var"]
    z = mu + eps * jnp.exp(0.5 * log_var)
    g = jax.nn.relu(z @ p["W_g"] + p["b_g"])
    logits = g @ p["W_x"] + p["b_x"]
    kl = -0.5 * jnp.sum(1 + log_var - mu * mu - jnp.exp(log_var))
    return (bernoulli_nats(logits, x) + kl) / x.shape[0]


def cross_entropy_loss(p, x, eps):
    """Sigmoid cross-entropy of the tanh autoencoder, nats per example."""
    h = jnp.tanh(x @ p["W_h"] + p["b_h"])
    return bernoulli_nats(h @ p["W_x"] + p["b_x"], x) / x.shape[0]


def squared_error_loss(p, x, eps):
    """Mean squared error of the relu autoencoder."""
    h = jax.nn.relu(x @ p["W_h"] + p["b_h"])
    return jnp.mean((jax.nn.relu(h @ p["W_x"] + p["b_x"]) - x) ** 2)


def rmsprop(spec, p, mean_square, gradient):
    """One parameter's update: its new value and running mean square."""
    mean_square = spec.RHO * mean_square + (1 - spec.RHO) * gradient * gradient
    p = p - spec.LEARNING_RATE * gradient / (jnp.sqrt(mean_square) + spec.EPSILON)
    return p, mean_square


def sgd(spec, p, state, gradient):
    """One parameter's update; no state."""
    return p - spec.LEARNING_RATE * gradient, state


def build_with(loss_fn, rule, state_of):
    """``build`` for a loss, an update rule and the rule's initial state of one parameter."""

    def build(spec, parameters, data, noise):
        size, batches = spec.BATCH_SIZE, len(data) // spec.BATCH_SIZE
        data = jnp.asarray(data)
        fixed = None if noise is None else jnp.asarray(noise)
        p = {name: jnp.asarray(value) for name, value in parameters.items()}
        state = {name: state_of(value) for name, value in p.items()}

        @partial(jax.jit, donate_argnums=0)
        def train(carry, data, fixed, i):
            p, state, key = carry
            start = i % batches * size
            x = jax.lax.dynamic_slice_in_dim(data, start, size)
            eps = None
            if fixed is not None:
                eps = jax.lax.dynamic_index_in_dim(fixed, i % len(fixed), keepdims=False)
            elif spec.NOISE_DIM:
                key, draw = jax.random.split(key)
                eps = jax.random.normal(draw, (size, spec.NOISE_DIM), x.dtype)
            loss, gradients = jax.value_and_grad(loss_fn)(p, x, eps)
            new_p, new_state = {}, {}
            for name, value in p.items():
                new_p[name], new_state[name] = rule(spec, value, state[name], gradients[name])
            return (new_p, new_state, key), loss

        carry = (p, state, jax.random.key(0))

        def step(i):
            nonlocal carry
            carry, loss = train(carry, data, fixed, i)
            return loss

        return repeat(step)

    return build


WORKLOADS = {
    "vae_002": build_with(vae_loss, rmsprop, jnp.zeros_like),
    "autoencoder_784_256": build_with(cross_entropy_loss, sgd, lambda p: None),
    "autoencoder_004": build_with(squared_error_loss, sgd, lambda p: None),
}
