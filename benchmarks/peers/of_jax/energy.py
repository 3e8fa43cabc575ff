"""Boltzmann machines in JAX: gradients that are known are written out."""

import jax
import jax.numpy as jnp

from benchmarks.peers.of_jax import bernoulli_nats


def _below(u, mean):
    return (u < mean).astype(mean.dtype)


def persistent_step(updated):
    """PCD under an update rule."""

    def step(spec, p, state, number, batch, noise):
        W, b_h, b_v, v = p["W"], p["b_h"], p["b_v"], p["chains"]
        x = batch["x"]
        here = x @ W + b_h
        i = (noise["u"] * spec.INPUT_DIM).astype("int32")
        turn = 1 - 2 * jnp.take_along_axis(x, i[:, None], 1)
        there = here + turn * W[i]
        rise = jnp.sum(jax.nn.softplus(here) - jax.nn.softplus(there), 1) - turn[:, 0] * b_v[i]
        for u_h, u_v in zip(noise["h"], noise["v"], strict=True):
            h = _below(u_h, jax.nn.sigmoid(v @ W + b_h))
            v = _below(u_v, jax.nn.sigmoid(h @ W.T + b_v))
        positive, negative = jax.nn.sigmoid(here), jax.nn.sigmoid(v @ W + b_h)
        gradients = {
            "W": v.T @ negative / len(v) - x.T @ positive / len(x),
            "b_h": jnp.mean(negative, 0) - jnp.mean(positive, 0),
            "b_v": jnp.mean(v, 0) - jnp.mean(x, 0),
        }
        new, new_state = updated(spec, p, state, number, gradients)
        loss = spec.INPUT_DIM * jnp.mean(jax.nn.softplus(-rise))
        return {**new, "chains": v}, {**new_state, "chains": None}, loss

    return step


def deep_step(updated):
    """The deep machine under an update rule."""

    def step(spec, p, state, number, batch, noise):
        W_1, W_2, b_0, b_1, b_2 = (p[name] for name in ("W_1", "W_2", "b_0", "b_1", "b_2"))
        x, sigmoid = batch["x"], jax.nn.sigmoid
        upwards = x @ W_1

        def settled(means, _):
            m_1 = sigmoid(upwards + means[1] @ W_2.T + b_1)
            return (m_1, sigmoid(m_1 @ W_2 + b_2)), None

        m_1 = sigmoid(2 * upwards + b_1)
        start = (m_1, sigmoid(m_1 @ W_2 + b_2))
        (m_1, m_2), _ = jax.lax.scan(settled, start, length=spec.MEAN_FIELD_STEPS)

        def gibbs(states, draws):
            _, s_1, _ = states
            u_0, u_1, u_2 = draws
            s_0 = _below(u_0, sigmoid(s_1 @ W_1.T + b_0))
            s_2 = _below(u_2, sigmoid(s_1 @ W_2 + b_2))
            s_1 = _below(u_1, sigmoid(s_0 @ W_1 + s_2 @ W_2.T + b_1))
            return (s_0, s_1, s_2), None

        names = ("chains_0", "chains_1", "chains_2")
        draws = tuple(noise[name] for name in ("s0", "s1", "s2"))
        chains, _ = jax.lax.scan(gibbs, tuple(p[name] for name in names), draws)
        means, n, c = (x, m_1, m_2), len(x), len(chains[0])
        gradients = {}
        for i in (0, 1, 2):
            gradients[f"b_{i}"] = jnp.mean(chains[i], 0) - jnp.mean(means[i], 0)
        for i in (1, 2):
            of_chains = chains[i - 1].T @ chains[i] / c
            gradients[f"W_{i}"] = of_chains - means[i - 1].T @ means[i] / n
        new, new_state = updated(spec, p, state, number, gradients)
        loss = jnp.sum(bernoulli_nats(m_1 @ W_1.T + b_0, x)) / n
        chains = dict(zip(names, chains, strict=True))
        return {**new, **chains}, {**new_state, **dict.fromkeys(names)}, loss

    return step


def gaussian_step(updated):
    """CD-1 of the Gaussian machine under an update rule."""

    def step(spec, p, state, number, batch, noise):
        x = v = batch["x"]
        deviation, precision = jnp.exp(0.5 * p["log_var"]), jnp.exp(-p["log_var"])
        for u_h, n_v in zip(noise["h"], noise["v"], strict=True):
            h = _below(u_h, jax.nn.sigmoid((v * precision) @ p["W"] + p["b_h"]))
            mean = h @ p["W"].T + p["b_v"]
            v = mean + deviation * n_v

        def free_energy(p, v):
            precision = jnp.exp(-p["log_var"])
            units = jax.nn.softplus((v * precision) @ p["W"] + p["b_h"])
            return 0.5 * jnp.sum((v - p["b_v"]) ** 2 * precision) - jnp.sum(units)

        gradients = jax.grad(lambda p: (free_energy(p, x) - free_energy(p, v)) / len(x))(p)
        new = updated(spec, p, state, number, gradients)
        return (*new, jnp.sum((mean - x) ** 2) / len(x))

    return step
