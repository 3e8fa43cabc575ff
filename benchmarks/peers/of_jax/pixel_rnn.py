"""The PixelRNN in JAX: a ``lax.scan`` over rows, all pixels of a row at once."""

import jax
import jax.numpy as jnp

from benchmarks.peers.of_jax import bernoulli_nats


def pixel_rnn_loss(spec, p, batch, noise):
    """Cross-entropy of the pixels, nats per image."""
    n, side = len(batch["x"]), spec.SIDE
    image = batch["x"].reshape(n, 1, side, side)

    def convolved(name, maps, padding=((0, 0), (0, 0)), mask=1.0):
        out = jax.lax.conv_general_dilated(maps, p[f"W_{name}"] * mask, (1, 1), padding)
        return out + p[f"b_{name}"][:, None, None]

    rows, columns = spec.FIRST[0] - 1, spec.FIRST[1] // 2
    h = convolved("first", image, ((rows, 0), (columns, columns)), spec.first_masks()[0])
    for k in range(1, spec.LAYERS + 1):
        added = convolved(f"x{k}", h, ((0, 0), (1, 0))).transpose(2, 0, 3, 1)
        h = h + convolved(f"o{k}", row_lstm(added, p[f"W_h{k}"], spec.UNITS).transpose(1, 3, 0, 2))
    h = jax.nn.relu(convolved("last1", jax.nn.relu(h)))
    h = jax.nn.relu(convolved("last2", h))
    return jnp.sum(bernoulli_nats(convolved("logits", h), image)) / n


def row_lstm(added, W, units):
    """From (rows, images, columns, gates) to hidden units of the same order."""
    _, n, columns, _ = added.shape

    def row(state, a):
        h, c = state
        beyond = jnp.zeros((n, 1, units), h.dtype)
        line = jnp.concatenate([beyond, h, beyond], 1)
        window = jnp.concatenate([line[:, k : k + columns] for k in range(3)], 2)
        o, f, i, g = jnp.split(a + window @ W, 4, 2)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    start = jnp.zeros((n, columns, units), added.dtype)
    return jax.lax.scan(row, (start, start), added)[1]


LOSSES = {"pixel_rnn": (pixel_rnn_loss, "adam")}
