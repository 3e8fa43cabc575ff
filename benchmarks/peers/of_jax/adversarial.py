"""The Wasserstein GAN with gradient penalty in JAX."""

import jax
import jax.numpy as jnp


def _stack(spec, p, network, below, layers):
    for i in range(1, layers + 1):
        below = below @ p[f"W_{network}{i}"]
        below = below + p[f"b_{network}{i}"] if f"b_{network}{i}" in p else below
        below = jax.nn.leaky_relu(below, spec.SLOPE) if i < layers else below
    return below


def _generate(spec, p, z):
    return jnp.tanh(_stack(spec, p, "g", z, len(spec.GENERATOR_DIMS) - 1))


def _judge(spec, p, x):
    return _stack(spec, p, "d", x, len(spec.DISCRIMINATOR_DIMS) - 1)


def critic_loss(spec, d, g, batch, noise):
    """The critic's loss; nothing reaches the generator."""
    real = 2 * batch["x"] - 1
    fake = jax.lax.stop_gradient(_generate(spec, g, noise["z1"]))
    between = fake + noise["u"][:, None] * (real - fake)
    judged_real, judged_fake = jnp.split(_judge(spec, d, jnp.concatenate([real, fake])), 2)
    slope = jax.grad(lambda x: jnp.sum(_judge(spec, d, x)))(between)
    norm = jnp.sqrt(jnp.sum(slope**2, 1) + spec.TINY)
    return jnp.mean(judged_fake - judged_real) + spec.PENALTY * jnp.mean((norm - 1) ** 2)


def generator_loss(spec, g, d, noise):
    """The generator's loss."""
    return -jnp.mean(_judge(spec, d, _generate(spec, g, noise["z2"])))


def wgan_step(updated):
    """The step of both networks under an update rule, the generator's at each fifth minibatch."""

    def step(spec, p, state, number, batch, noise):
        d, g = ({k: v for k, v in p.items() if f"_{net}" in k} for net in "dg")
        loss, gradients = jax.value_and_grad(lambda d: critic_loss(spec, d, g, batch, noise))(d)
        d, d_state = updated(spec, p, state, number, gradients)

        def move():
            gradients = jax.grad(lambda g: generator_loss(spec, g, d, noise))(g)
            return updated(spec, p, state, number // spec.CRITIC_STEPS, gradients)

        due = number % spec.CRITIC_STEPS == 0
        g, g_state = jax.lax.cond(due, move, lambda: (g, {k: state[k] for k in g}))
        return {**d, **g}, {**d_state, **g_state}, loss

    return step
