"""JAX: the whole step in one ``jax.jit`` with donated state, called once a step from Python.

An epoch is one such call too: a ``lax.scan`` over the steps. The LSTM and the chain of the
Boltzmann machine are a ``lax.scan`` inside the step. The data lie on the device; the minibatch is a ``lax.dynamic_slice`` at a traced index. Of the
ways to write the cross-entropy from logits, the one below was the fastest under XLA on a CPU
(``jax.nn.softplus`` takes twice, ``jax.nn.log_sigmoid`` four times as long with its gradient).

XLA takes the size of its thread pool from the CPUs that the process may use and from
``PJRT_NPROC``; the harness sets both.
"""

from functools import partial

import jax
import jax.numpy as jnp
import jaxlib

from benchmarks.peers import TF32, repeat
from benchmarks.peers.of_jax import adversarial, energy, flows, glow, latent, nade, pixel_rnn, sampling


def versions(threads):
    """Say versions and device; a GPU multiplies float32 as symgen lets it."""
    device = jax.devices()[0]
    if device.platform != "cpu":
        jax.config.update("jax_default_matmul_precision", "tensorfloat32" if TF32 else "highest")
    return {
        "framework": "jax " + jax.__version__,
        "jaxlib": jaxlib.__version__,
        "device": device.device_kind,
        "tf32": TF32,
    }


def device_memory():
    """Peak of the device's memory in MiB, or None where JAX does not count it."""
    counts = jax.devices()[0].memory_stats() or {}
    return counts["peak_bytes_in_use"] / 2.0**20 if "peak_bytes_in_use" in counts else None


def fetch(loss):
    """The loss as a float; waits for the computation of this and so of all earlier steps."""
    return float(loss)


def bernoulli_nats(logits, x):
    """Cross-entropy from logits, summed over everything."""
    return jnp.sum(
        jnp.maximum(logits, 0) - x * logits + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    )


def vae_loss(spec, p, batch, noise):
    """Negative ELBO in nats per example."""
    x = batch["x"]
    h = jax.nn.relu(x @ p["W_h"] + p["b_h"])
    mu = h @ p["W_mu"] + p["b_mu"]
    log_var = h @ p["W_log_var"] + p["b_log_var"]
    z = mu + noise["epsilon"] * jnp.exp(0.5 * log_var)
    g = jax.nn.relu(z @ p["W_g"] + p["b_g"])
    logits = g @ p["W_x"] + p["b_x"]
    kl = -0.5 * jnp.sum(1 + log_var - mu * mu - jnp.exp(log_var))
    return (bernoulli_nats(logits, x) + kl) / x.shape[0]


def cross_entropy_loss(spec, p, batch, noise):
    """Sigmoid cross-entropy of the tanh autoencoder, nats per example."""
    x = batch["x"]
    h = jnp.tanh(x @ p["W_h"] + p["b_h"])
    return bernoulli_nats(h @ p["W_x"] + p["b_x"], x) / x.shape[0]


def squared_error_loss(spec, p, batch, noise):
    """Mean squared error of the relu autoencoder."""
    h = jax.nn.relu(batch["x"] @ p["W_h"] + p["b_h"])
    return jnp.mean((jax.nn.relu(h @ p["W_x"] + p["b_x"]) - batch["x"]) ** 2)


def _leaky_stack(spec, p, network, below):
    for i in range(1, len(spec.GENERATOR_DIMS)):
        if i > 1:
            below = jax.nn.leaky_relu(below, spec.SLOPE)
        below = below @ p[f"W_{network}{i}"] + p[f"b_{network}{i}"]
    return below


def _of(network, p):
    return {name: value for name, value in p.items() if f"_{network}" in name}


def gan_step(spec, p, state, number, batch, noise):
    """A step of the discriminator, then one of the generator."""
    size = spec.BATCH_SIZE
    real = jnp.repeat(jnp.float32([1, 0]), size)[:, None]

    def discriminator_loss(d):
        fake = jax.lax.stop_gradient(jnp.tanh(_leaky_stack(spec, p, "g", noise["z1"])))
        logits = _leaky_stack(spec, d, "d", jnp.concatenate([batch["x"], fake]))
        return bernoulli_nats(logits, real) / size

    def generator_loss(g):
        logits = _leaky_stack(spec, d, "d", jnp.tanh(_leaky_stack(spec, g, "g", noise["z2"])))
        return bernoulli_nats(logits, 1.0) / size

    judged, gradients = jax.value_and_grad(discriminator_loss)(_of("d", p))
    d, d_state = updated(rmsprop, spec, p, state, number, gradients)
    fooled, gradients = jax.value_and_grad(generator_loss)(_of("g", p))
    g, g_state = updated(rmsprop, spec, p, state, number, gradients)
    return {**d, **g}, {**d_state, **g_state}, judged + fooled


def _class_nats(a, y):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(a), y[:, None], 1))


def lenet_loss(spec, p, batch, noise):
    """Negative log-likelihood of the classes."""
    maps = batch["x"].reshape(-1, 1, spec.SIDE, spec.SIDE)
    window = (1, 1, 2, 2)
    for i in "12":
        maps = jax.lax.conv(maps, p["W_" + i], (1, 1), "VALID")
        maps = jax.lax.reduce_window(maps, -jnp.inf, jax.lax.max, window, window, "VALID")
        maps = jnp.tanh(maps + p["b_" + i][:, None, None])
    h = jnp.tanh(maps.reshape(-1, spec.FLAT_DIM) @ p["W_h"] + p["b_h"])
    return _class_nats(h @ p["W_y"] + p["b_y"], batch["y"])


def lstm_loss(spec, p, batch, noise):
    """Negative log-likelihood of the classes."""
    rows = batch["x"].reshape(-1, spec.STEPS, spec.ROW_DIM).transpose(1, 0, 2)
    rows = rows @ p["W_x"] + p["b"]

    def one(carry, row):
        h, c = carry
        i, f, g, o = jnp.split(row + h @ p["W_h"], 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    start = jnp.zeros((spec.BATCH_SIZE, spec.HIDDEN_DIM), rows.dtype)
    (h, _), _ = jax.lax.scan(one, (start, start), rows)
    return _class_nats(h @ p["W_y"] + p["b_y"], batch["y"])


def divergence_step(spec, p, state, number, batch, noise):
    """Contrastive divergence, its gradient written out."""
    x = batch["x"]

    def one(carry, draws):
        v, _ = carry
        u_h, u_v = draws
        h = (u_h < jax.nn.sigmoid(v @ p["W"] + p["b_h"])).astype(x.dtype)
        a = h @ p["W"].T + p["b_v"]
        return ((u_v < jax.nn.sigmoid(a)).astype(x.dtype), a), None

    (v, a), _ = jax.lax.scan(one, (x, jnp.zeros_like(x)), (noise["h"], noise["v"]))
    positive = jax.nn.sigmoid(x @ p["W"] + p["b_h"])
    negative = jax.nn.sigmoid(v @ p["W"] + p["b_h"])
    gradients = {
        "W": (v.T @ negative - x.T @ positive) / len(x),
        "b_h": jnp.mean(negative - positive, 0),
        "b_v": jnp.mean(v - x, 0),
    }
    return (*updated(sgd, spec, p, state, number, gradients), bernoulli_nats(a, x) / len(x))


def _normalised(spec, maps, gamma, beta):
    mean = jnp.mean(maps, (0, 2, 3), keepdims=True)
    variance = jnp.mean((maps - mean) ** 2, (0, 2, 3), keepdims=True)
    scale = gamma[:, None, None] * jax.lax.rsqrt(variance + spec.NORM_EPSILON)
    return (maps - mean) * scale + beta[:, None, None]


def _upsampled(maps, W):
    """The transpose of a convolution of 4 x 4 taps, stride 2 and padding 1."""
    W = jnp.flip(W, (2, 3)).swapaxes(0, 1)
    pads = [(2, 2), (2, 2)]
    return jax.lax.conv_general_dilated(maps, W, (1, 1), pads, lhs_dilation=(2, 2))


def dcgan_step(spec, p, state, number, batch, noise):
    """A step of the discriminator, then one of the generator."""
    size = spec.BATCH_SIZE

    def generate(g, z):
        maps = (z @ g["W_g1"]).reshape(size, -1, 7, 7)
        maps = jax.nn.relu(_normalised(spec, maps, g["gamma_g1"], g["beta_g1"]))
        maps = _normalised(spec, _upsampled(maps, g["W_g2"]), g["gamma_g2"], g["beta_g2"])
        maps = _upsampled(jax.nn.relu(maps), g["W_g3"])
        return jnp.tanh(maps + g["b_g3"][:, None, None])

    def judge(d, images):
        halved = partial(
            jax.lax.conv_general_dilated, window_strides=(2, 2), padding=[(1, 1), (1, 1)]
        )
        maps = halved(images, d["W_d1"]) + d["b_d1"][:, None, None]
        maps = halved(jax.nn.leaky_relu(maps, spec.SLOPE), d["W_d2"])
        maps = _normalised(spec, maps, d["gamma_d2"], d["beta_d2"])
        maps = jax.nn.leaky_relu(maps, spec.SLOPE)
        return maps.reshape(size, -1) @ d["W_d3"] + d["b_d3"]

    def discriminator_loss(d):
        real = batch["x"].reshape(size, 1, spec.SIDE, spec.SIDE)
        fake = jax.lax.stop_gradient(generate(p, noise["z1"]))
        return (bernoulli_nats(judge(d, real), 1.0) + bernoulli_nats(judge(d, fake), 0.0)) / size

    def generator_loss(g):
        return bernoulli_nats(judge(d, generate(g, noise["z2"])), 1.0) / size

    judged, gradients = jax.value_and_grad(discriminator_loss)(_of("d", p))
    d, d_state = updated(adam, spec, p, state, number, gradients)
    fooled, gradients = jax.value_and_grad(generator_loss)(_of("g", p))
    g, g_state = updated(adam, spec, p, state, number, gradients)
    return {**d, **g}, {**d_state, **g_state}, judged + fooled


def pixelcnn_loss(spec, p, batch, noise):
    """Cross-entropy of the pixels, nats per image."""
    image = batch["x"].reshape(-1, 1, spec.SIDE, spec.SIDE)

    def convolved(maps, W, b=None):
        out = jax.lax.conv(maps, W, (1, 1), "SAME")
        return out if b is None else out + b[:, None, None]

    def gate(maps):
        a, b = jnp.split(maps, 2, 1)
        return jnp.tanh(a) * jax.nn.sigmoid(b)

    v = h = image
    for k in range(1, spec.LAYERS + 1):
        rows_above, columns_left = spec.masks(k)
        a_v = convolved(v, p[f"W_v{k}"] * rows_above, p[f"b_v{k}"])
        a_h = convolved(h, p[f"W_h{k}"] * columns_left, p[f"b_h{k}"])
        a_h = a_h + convolved(a_v, p[f"W_vh{k}"])
        out = convolved(gate(a_h), p[f"W_o{k}"], p[f"b_o{k}"])
        v, h = gate(a_v), out if k == 1 else out + h
    h = jax.nn.relu(convolved(jax.nn.relu(h), p["W_1"], p["b_1"]))
    return bernoulli_nats(convolved(h, p["W_2"], p["b_2"]), image) / len(image)


def rmsprop(spec, p, mean_square, gradient, number):
    """One parameter's update: its new value and running mean square."""
    mean_square = spec.RHO * mean_square + (1 - spec.RHO) * gradient * gradient
    p = p - spec.LEARNING_RATE * gradient / (jnp.sqrt(mean_square) + spec.EPSILON)
    return p, mean_square


def adam(spec, p, moments, gradient, number):
    """One parameter's update: its new value and moments; ``number`` counts steps from 1."""
    m = spec.BETA1 * moments[0] + (1 - spec.BETA1) * gradient
    v = spec.BETA2 * moments[1] + (1 - spec.BETA2) * gradient * gradient
    scale = jnp.sqrt(v / (1 - spec.BETA2**number)) + spec.EPSILON
    return p - spec.LEARNING_RATE / (1 - spec.BETA1**number) * m / scale, (m, v)


def sgd(spec, p, state, gradient, number):
    """One parameter's update; no state."""
    return p - spec.LEARNING_RATE * gradient, state


STATE_OF = {
    rmsprop: jnp.zeros_like,
    adam: lambda p: (jnp.zeros_like(p), jnp.zeros_like(p)),
    sgd: lambda p: None,
}


def updated(rule, spec, p, state, number, gradients):
    """New values and states of the parameters that have gradients."""
    new_p, new_state = {}, {}
    for name, gradient in gradients.items():
        new_p[name], new_state[name] = rule(spec, p[name], state[name], gradient, number)
    return new_p, new_state


def of_loss(loss_fn, rule):
    """A step of one loss and one rule."""

    def step(spec, p, state, number, batch, noise):
        loss, gradients = jax.value_and_grad(partial(loss_fn, spec))(p, batch, noise)
        return (*updated(rule, spec, p, state, number, gradients), loss)

    return step


def program(step_fn, rule, spec, parameters, data, noise):
    """``(carry, constants, one)``: ``one(carry, constants, i)`` gives a new carry and the loss."""
    size, batches = spec.BATCH_SIZE, len(data["x"]) // spec.BATCH_SIZE
    constants = jax.tree.map(jnp.asarray, (data, noise))
    p = {name: jnp.asarray(value) for name, value in parameters.items()}
    state = {name: STATE_OF[rule](value) for name, value in p.items()}
    draw = {"normal": jax.random.normal, "uniform": jax.random.uniform}

    def one(carry, constants, i):
        p, state, key = carry
        data, noise = constants
        start = i % batches * size
        batch = {k: jax.lax.dynamic_slice_in_dim(v, start, size) for k, v in data.items()}
        if noise is None:
            key, *keys = jax.random.split(key, 1 + len(spec.NOISE))
            noise = {
                name: draw[kind](k, shape)
                for k, (name, (kind, shape)) in zip(keys, spec.NOISE.items(), strict=True)
            }
        else:
            noise = {
                name: jax.lax.dynamic_index_in_dim(values, i % len(values), keepdims=False)
                for name, values in noise.items()
            }
        p, state, loss = step_fn(spec, p, state, i + 1, batch, noise)
        return (p, state, key), loss

    return (p, state, jax.random.key(0)), constants, one


def build_with(step_fn, rule):
    """``build`` of one step a call."""

    def build(spec, parameters, data, noise):
        carry, constants, one = program(step_fn, rule, spec, parameters, data, noise)
        train = jax.jit(one, donate_argnums=0)

        def step(i):
            nonlocal carry
            carry, loss = train(carry, constants, i)
            return loss

        return repeat(step)

    return build


def epoch_with(step_fn, rule):
    """``build`` of many steps a call."""

    def build(spec, parameters, data, noise):
        carry, constants, one = program(step_fn, rule, spec, parameters, data, noise)

        @partial(jax.jit, donate_argnums=0)
        def train(carry, constants, indices):
            return jax.lax.scan(lambda carry, i: one(carry, constants, i), carry, indices)

        def run(first, count):
            nonlocal carry
            carry, losses = train(carry, constants, jnp.arange(first, first + count))
            return losses[-1]

        return run

    return build


RULES = {"adam": adam, "sgd": sgd}
STEPS = {
    "autoencoder_004": (of_loss(squared_error_loss, sgd), sgd),
    "vae_002": (of_loss(vae_loss, rmsprop), rmsprop),
    "vae_002_batch8192": (of_loss(vae_loss, rmsprop), rmsprop),
    "autoencoder_784_256": (of_loss(cross_entropy_loss, sgd), sgd),
    "gan_003": (gan_step, rmsprop),
    "lenet": (of_loss(lenet_loss, sgd), sgd),
    "lstm": (of_loss(lstm_loss, adam), adam),
    "rbm_cd15": (divergence_step, sgd),
    "dcgan": (dcgan_step, adam),
    "pixelcnn": (of_loss(pixelcnn_loss, adam), adam),
    "wgan_gp": (adversarial.wgan_step(partial(updated, adam)), adam),
    "rbm_pcd": (energy.persistent_step(partial(updated, sgd)), sgd),
    "dbm": (energy.deep_step(partial(updated, sgd)), sgd),
    "gaussian_rbm": (energy.gaussian_step(partial(updated, adam)), adam),
    **{name: (sampling.step_of(one), sgd) for name, one in sampling.SAMPLERS.items()},
    **{
        name: (of_loss(loss_fn, RULES[rule]), RULES[rule])
        for name, (loss_fn, rule) in (
            latent.LOSSES | flows.LOSSES | glow.LOSSES | nade.LOSSES | pixel_rnn.LOSSES
        ).items()
    },
}
WORKLOADS = {name: build_with(*step) for name, step in STEPS.items()}
EPOCHS = {name: epoch_with(*step) for name, step in STEPS.items()}
