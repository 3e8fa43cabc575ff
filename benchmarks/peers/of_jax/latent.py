"""Autoencoders with latent variables or penalties, MADE, and the diffusion model, in JAX."""

import math

import jax
import jax.numpy as jnp

from benchmarks.peers.of_jax import bernoulli_nats


def made_loss(spec, p, batch, noise):
    """Cross-entropy of the pixels, nats per image."""
    x = batch["x"]
    of_hidden, of_output = spec.masks()
    h = jax.nn.relu(x @ (p["W_h"] * of_hidden) + p["b_h"])
    return jnp.sum(bernoulli_nats(h @ (p["W_x"] * of_output) + p["b_x"], x)) / len(x)


def iwae_loss(spec, p, batch, noise):
    """Minus the bound of k draws; a draw is an axis after the example's."""
    x, k = batch["x"], spec.DRAWS
    h = jnp.tanh(x @ p["W_h1"] + p["b_h1"])
    h = jnp.tanh(h @ p["W_h2"] + p["b_h2"])
    mu = (h @ p["W_mu"] + p["b_mu"])[:, None]
    log_var = (h @ p["W_log_var"] + p["b_log_var"])[:, None]
    epsilon = noise["epsilon"].reshape(len(x), k, spec.LATENT_DIM)
    z = (mu + epsilon * jnp.exp(0.5 * log_var)).reshape(-1, spec.LATENT_DIM)
    g = jnp.tanh(z @ p["W_g1"] + p["b_g1"])
    g = jnp.tanh(g @ p["W_g2"] + p["b_g2"])
    logits = (g @ p["W_x"] + p["b_x"]).reshape(len(x), k, -1)
    nats = jnp.sum(bernoulli_nats(logits, x[:, None]), -1)
    # log p(z) - log q(z | x): the constants of both densities cancel
    log_ratio = 0.5 * jnp.sum(epsilon**2 + log_var - z.reshape(epsilon.shape) ** 2, -1)
    return math.log(k) - jnp.mean(jax.nn.logsumexp(log_ratio - nats, 1))


def _halved(maps, W, b):
    pads = [(2, 2), (2, 2)]
    return jax.lax.conv_general_dilated(maps, W, (2, 2), pads) + b[:, None, None]


def _doubled(maps, W, b):
    """The transpose of a convolution of 5 x 5 taps, stride 2 and padding 2."""
    W = jnp.flip(W, (2, 3)).swapaxes(0, 1)
    pads = [(2, 3), (2, 3)]
    maps = jax.lax.conv_general_dilated(maps, W, (1, 1), pads, lhs_dilation=(2, 2))
    return maps + b[:, None, None]


def conv_vae_loss(spec, p, batch, noise):
    """Negative ELBO in nats per example."""
    x = batch["x"].reshape(-1, 1, spec.SIDE, spec.SIDE)
    maps = jax.nn.relu(_halved(x, p["W_1"], p["b_1"]))
    h = jax.nn.relu(_halved(maps, p["W_2"], p["b_2"])).reshape(len(x), -1)
    mu = h @ p["W_mu"] + p["b_mu"]
    log_var = h @ p["W_log_var"] + p["b_log_var"]
    z = mu + noise["epsilon"] * jnp.exp(0.5 * log_var)
    maps = jax.nn.relu(z @ p["W_g"] + p["b_g"]).reshape(len(x), -1, 7, 7)
    maps = jax.nn.relu(_doubled(maps, p["W_3"], p["b_3"]))
    nats = jnp.sum(bernoulli_nats(_doubled(maps, p["W_4"], p["b_4"]), x))
    kl = -0.5 * jnp.sum(1 + log_var - mu * mu - jnp.exp(log_var))
    return (nats + kl) / len(x)


def contractive_loss(spec, p, batch, noise):
    """Cross-entropy and the weighted norm of the Jacobian."""
    x, W = batch["x"], p["W"]
    h = jax.nn.sigmoid(x @ W + p["b_h"])
    norm = jnp.sum((h * (1 - h)) ** 2 @ jnp.sum(W * W, 0))
    return (jnp.sum(bernoulli_nats(h @ W.T + p["b_v"], x)) + spec.WEIGHT * norm) / len(x)


def ddpm_loss(spec, p, batch, noise):
    """Squared error of the noise told, mean over examples."""
    x, epsilon = batch["x"], noise["epsilon"]
    signal, deviation, time = (jnp.asarray(table) for table in spec.tables())
    places = noise["u"] + jnp.arange(len(x), dtype=x.dtype) / len(x)
    t = ((places - jnp.floor(places)) * spec.STEPS).astype("int32")
    x_t = signal[t] * x + deviation[t] * epsilon
    h = jnp.concatenate([x_t, time[t]], 1)
    h = jax.nn.relu(h @ p["W_1"] + p["b_1"])
    h = jax.nn.relu(h @ p["W_2"] + p["b_2"])
    told = signal[t] * (h @ p["W_3"] + p["b_3"]) + deviation[t] * x_t
    return jnp.sum((epsilon - told) ** 2) / len(x)


LOSSES = {
    "made": (made_loss, "adam"),
    "iwae": (iwae_loss, "adam"),
    "conv_vae": (conv_vae_loss, "adam"),
    "contractive": (contractive_loss, "adam"),
    "ddpm": (ddpm_loss, "adam"),
}
