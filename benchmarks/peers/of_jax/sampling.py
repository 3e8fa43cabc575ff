"""Samplers in JAX, each one compiled call; what they report is the mean square of the numbers."""

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.peers.of_jax.flows import _network


def pixelcnn_sampler(spec, p, noise):
    """Each layer's features lie in a padded image; a pixel reads windows of them and adds its own."""
    side, n, u = spec.SIDE, len(noise["u"]), noise["u"].T
    rows, columns = spec.FIRST[0] - 1, spec.FIRST[1] // 2
    height, width = spec.MASKED

    def layer(name, window):
        W = (p[f"W_{name}"] * spec.seen(f"W_{name}")).reshape(p[f"W_{name}"].shape[0], -1)
        return window.reshape(n, -1) @ W.T + p[f"b_{name}"]

    def pixel(number, kept):
        image, features = kept
        i, j = number // side, number % side
        window = jax.lax.dynamic_slice(image, (0, i, j), (n, rows + 1, 2 * columns + 1))
        h, new = layer("first", window), []
        for k, maps in enumerate(features, 1):
            here = jax.nn.relu(layer(f"narrow{k}", jax.nn.relu(h)))[:, :, None, None]
            place = (0, 0, i + height - 1, j + width // 2)
            maps = jax.lax.dynamic_update_slice(maps, here, place)
            window = jax.lax.dynamic_slice(maps, (0, 0, i, j), (n, maps.shape[1], height, width))
            h = h + layer(f"wide{k}", jax.nn.relu(layer(f"masked{k}", window)))
            new.append(maps)
        h = jax.nn.relu(layer("last1", jax.nn.relu(h)))
        logit = layer("logits", jax.nn.relu(layer("last2", h)))[:, 0]
        x = (u[number] < jax.nn.sigmoid(logit)).astype(image.dtype)
        image = jax.lax.dynamic_update_slice(image, x[:, None, None], (0, i + rows, j + columns))
        return image, new

    image = jnp.zeros((n, side + rows, side + 2 * columns))
    shape = (n, spec.CHANNELS // 2, side + height - 1, side + width - 1)
    features = [jnp.zeros(shape)] * spec.BLOCKS
    image, _ = jax.lax.fori_loop(0, side * side, pixel, (image, features))
    return image[:, rows:, columns : columns + side]


def rbm_sampler(spec, p, noise):
    """A loop whose steps draw their own numbers."""
    key = jax.random.key((noise["seed"][0] * 2.0**24).astype("uint32"))

    def below(key, mean):
        return (jax.random.uniform(key, mean.shape) < mean).astype(mean.dtype)

    def gibbs(number, v):
        of_h, of_v = jax.random.split(jax.random.fold_in(key, number))
        h = below(of_h, jax.nn.sigmoid(v @ p["W"] + p["b_h"]))
        return below(of_v, jax.nn.sigmoid(h @ p["W"].T + p["b_v"]))

    start = jnp.broadcast_to(jax.nn.sigmoid(p["b_v"]), (spec.BATCH_SIZE, spec.INPUT_DIM))
    return jax.lax.fori_loop(0, spec.STEPS, gibbs, below(key, start))


def _scaled(spec, value, outputs):
    t, raw = jnp.split(outputs, 2, 1)
    return value * jnp.exp(spec.LIMIT * jnp.tanh(raw / spec.LIMIT)) + t


def _unnormalised(p, k, z):
    return z * jnp.exp(p[f"log_scale_{k}"]) + p[f"shift_{k}"]


def realnvp_sampler(spec, p, noise):
    """One pass through the couplings."""
    z = noise["z"]
    for k in range(1, spec.LAYERS + 1):
        a, b = jnp.split(z, 2, 1)
        a, b = (a, b) if k % 2 else (b, a)
        b = _scaled(spec, b, _network(p, k, a))
        z = _unnormalised(p, k, jnp.concatenate([a, b] if k % 2 else [b, a], 1))
    return z[:, np.array(spec.PLACES)]


def maf_sampler(spec, p, noise):
    """A pass through each network for each number."""
    x = noise["z"]
    for k in range(1, spec.LAYERS + 1):
        z, x = x, jnp.zeros_like(x)
        for _ in range(spec.INPUT_DIM):  # a number more is right each time
            x = _scaled(spec, z, _network(p, k, x, spec.masks(k)))
        x = _unnormalised(p, k, x)
    return x


SAMPLERS = {
    "sample_pixelcnn": pixelcnn_sampler,
    "sample_rbm": rbm_sampler,
    "sample_realnvp": realnvp_sampler,
    "sample_maf": maf_sampler,
}


def step_of(sampler):
    """A sampler as a step that changes no parameter."""

    def step(spec, p, state, number, batch, noise):
        return p, state, jnp.mean(sampler(spec, p, noise) ** 2)

    return step
