"""Forward and backward passes written out in NumPy: the check on all others, not a rival."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.peers import repeat
from benchmarks.workloads.noise import draws


def versions(threads):
    """The thread count is taken by NumPy's BLAS from the environment."""
    return {"framework": "numpy " + np.__version__}


def fetch(loss):
    """The loss as a float."""
    return float(loss)


def _sigmoid(a):
    return np.where(a >= 0, 1 / (1 + np.exp(-np.abs(a))), 1 - 1 / (1 + np.exp(-np.abs(a))))


def _bernoulli_nats(a, x):
    return np.sum(np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a))) - x * a)


def vae_gradients(spec, p, batch, noise):
    """Negative ELBO in nats per example, and its gradient for each parameter."""
    x, eps = batch["x"], noise["epsilon"]
    size = len(x)
    h = np.maximum(x @ p["W_h"] + p["b_h"], 0)
    mu = h @ p["W_mu"] + p["b_mu"]
    log_var = h @ p["W_log_var"] + p["b_log_var"]
    std = np.exp(log_var / 2)
    z = mu + eps * std
    g = np.maximum(z @ p["W_g"] + p["b_g"], 0)
    a = g @ p["W_x"] + p["b_x"]
    kl = -0.5 * np.sum(1 + log_var - mu**2 - std**2)
    loss = (_bernoulli_nats(a, x) + kl) / size

    da = (_sigmoid(a) - x) / size
    dg = (da @ p["W_x"].T) * (g > 0)
    dz = dg @ p["W_g"].T
    dmu = dz + mu / size
    dlog_var = dz * eps * std / 2 + 0.5 * (std**2 - 1) / size
    dh = (dmu @ p["W_mu"].T + dlog_var @ p["W_log_var"].T) * (h > 0)
    layers = {"h": (x, dh), "mu": (h, dmu), "log_var": (h, dlog_var), "g": (z, dg), "x": (g, da)}
    return loss, _dense_gradients(layers)


def cross_entropy_gradients(spec, p, batch, noise):
    """Sigmoid cross-entropy of the tanh autoencoder in nats per example, and its gradients."""
    x = batch["x"]
    h = np.tanh(x @ p["W_h"] + p["b_h"])
    a = h @ p["W_x"] + p["b_x"]
    da = (_sigmoid(a) - x) / len(x)
    dh = (da @ p["W_x"].T) * (1 - h**2)
    return _bernoulli_nats(a, x) / len(x), _dense_gradients({"h": (x, dh), "x": (h, da)})


def squared_error_gradients(spec, p, batch, noise):
    """Mean squared error of the relu autoencoder, and its gradients."""
    x = batch["x"]
    h = np.maximum(x @ p["W_h"] + p["b_h"], 0)
    a = h @ p["W_x"] + p["b_x"]
    error = np.maximum(a, 0) - x
    da = 2 * error * (a > 0) / x.size
    dh = (da @ p["W_x"].T) * (h > 0)
    return np.mean(error**2), _dense_gradients({"h": (x, dh), "x": (h, da)})


def _dense_gradients(layers):
    """From each layer's input and the gradient at its output."""
    gradients = {}
    for name, (below, delta) in layers.items():
        gradients["W_" + name] = below.T @ delta
        gradients["b_" + name] = delta.sum(0)
    return gradients


def lenet_gradients(spec, p, batch, noise):
    """Negative log-likelihood of the classes, and its gradients."""
    size = len(batch["x"])
    below = batch["x"].reshape(size, 1, spec.SIDE, spec.SIDE)
    kept = []
    for name in ("1", "2"):
        patches = sliding_window_view(below, (spec.FILTER_SIDE, spec.FILTER_SIDE), (2, 3))
        images = np.einsum("bcyxij,fcij->bfyx", patches, p["W_" + name], optimize=True)
        pooled, winners = _max_pool(images)
        above = np.tanh(pooled + p["b_" + name][:, None, None])
        kept.append((name, below.shape, patches, winners, above))
        below = above
    flat = below.reshape(size, -1)
    h = np.tanh(flat @ p["W_h"] + p["b_h"])
    loss, da = _softmax_nats(h @ p["W_y"] + p["b_y"], batch["y"])
    dh = (da @ p["W_y"].T) * (1 - h**2)
    gradients = _dense_gradients({"h": (flat, dh), "y": (h, da)})
    delta = (dh @ p["W_h"].T).reshape(below.shape)
    for name, shape, patches, winners, above in reversed(kept):
        delta = delta * (1 - above**2)
        gradients["b_" + name] = delta.sum((0, 2, 3))
        dimages = _spread(delta, winners)
        gradients["W_" + name] = np.einsum("bcyxij,bfyx->fcij", patches, dimages, optimize=True)
        delta = np.zeros(shape, dimages.dtype)
        rows, columns = dimages.shape[2:]
        for i in range(spec.FILTER_SIDE):
            for j in range(spec.FILTER_SIDE):
                delta[:, :, i : i + rows, j : j + columns] += np.einsum(
                    "bfyx,fc->bcyx", dimages, p["W_" + name][:, :, i, j], optimize=True
                )
    return loss, gradients


def _max_pool(images):
    """Maximum of windows of 2 x 2, and a mask of the first place in each that holds it."""
    size, filters, rows, columns = images.shape
    windows = images.reshape(size, filters, rows // 2, 2, columns // 2, 2)
    windows = windows.transpose(0, 1, 2, 4, 3, 5).reshape(size, filters, rows // 2, columns // 2, 4)
    return windows.max(-1), np.arange(4) == windows.argmax(-1)[..., None]


def _spread(delta, winners):
    """The gradient before pooling: ``delta`` at the winners, 0 elsewhere."""
    size, filters, rows, columns = delta.shape
    windows = (delta[..., None] * winners).reshape(size, filters, rows, columns, 2, 2)
    return windows.transpose(0, 1, 2, 4, 3, 5).reshape(size, filters, 2 * rows, 2 * columns)


def _softmax_nats(a, y):
    """Mean of ``-log softmax(a)[y]``, and its gradient at ``a``."""
    a = a - a.max(1, keepdims=True)
    exps = np.exp(a)
    sums = exps.sum(1, keepdims=True)
    rows = np.arange(len(y))
    da = exps / sums
    da[rows, y] -= 1
    return np.mean(np.log(sums[:, 0]) - a[rows, y]), da / len(y)


def lstm_gradients(spec, p, batch, noise):
    """Negative log-likelihood of the classes, and its gradients by backpropagation through time."""
    size, units = len(batch["x"]), spec.HIDDEN_DIM
    xs = batch["x"].reshape(size, spec.STEPS, spec.ROW_DIM).transpose(1, 0, 2)
    h = c = np.zeros((size, units), xs.dtype)
    kept = []
    for x in xs:
        gates = x @ p["W_x"] + h @ p["W_h"] + p["b"]
        i, f, o = (_sigmoid(gates[:, k * units : (k + 1) * units]) for k in (0, 1, 3))
        g = np.tanh(gates[:, 2 * units : 3 * units])
        c_new = f * c + i * g
        kept.append((x, h, c, i, f, g, o, np.tanh(c_new)))
        h, c = o * np.tanh(c_new), c_new
    loss, da = _softmax_nats(h @ p["W_y"] + p["b_y"], batch["y"])
    gradients = {name: np.zeros_like(p[name]) for name in ("W_x", "W_h", "b")}
    gradients.update(_dense_gradients({"y": (h, da)}))
    dh, dc = da @ p["W_y"].T, 0
    for x, h, c, i, f, g, o, tanh_c in reversed(kept):
        dc = dc + dh * o * (1 - tanh_c**2)
        di, df, do = dc * g * i * (1 - i), dc * c * f * (1 - f), dh * tanh_c * o * (1 - o)
        dgates = np.concatenate([di, df, dc * i * (1 - g**2), do], 1)
        gradients["W_x"] += x.T @ dgates
        gradients["W_h"] += h.T @ dgates
        gradients["b"] += dgates.sum(0)
        dh, dc = dgates @ p["W_h"].T, dc * f
    return loss, gradients


def _leaky_stack(spec, p, network, below):
    """Inputs of each layer and the last one's output before its activation."""
    inputs = []
    layers = [name[2:] for name in p if name.startswith("W_" + network)]
    for layer in layers:
        inputs.append(below)
        a = below @ p["W_" + layer] + p["b_" + layer]
        below = np.where(a > 0, a, np.float32(spec.SLOPE) * a)
    return layers, inputs, a


def _leaky_stack_gradients(spec, p, layers, inputs, delta):
    """Gradients of the parameters, and at the stack's input, from the one at its output."""
    gradients = {}
    for layer, below in zip(reversed(layers), reversed(inputs)):
        gradients.update(_dense_gradients({layer: (below, delta)}))
        delta = delta @ p["W_" + layer].T
        if layer != layers[0]:  # a leaky rectifier keeps the sign
            delta = np.where(below > 0, delta, np.float32(spec.SLOPE) * delta)
    return gradients, delta


def discriminator_gradients(spec, p, batch, noise):
    """The discriminator's loss and the gradients of its parameters."""
    x = batch["x"]
    size = len(x)
    fake = np.tanh(_leaky_stack(spec, p, "g", noise["z1"])[2])
    layers, inputs, d = _leaky_stack(spec, p, "d", np.concatenate([x, fake]))
    real = np.repeat([True, False], size)[:, None]
    loss = np.sum(np.logaddexp(0, np.where(real, -d, d))) / size
    delta = ((_sigmoid(d) - real) / size).astype(d.dtype)
    return loss, _leaky_stack_gradients(spec, p, layers, inputs, delta)[0]


def generator_gradients(spec, p, batch, noise):
    """The generator's loss and the gradients of its parameters."""
    generator, codes, a = _leaky_stack(spec, p, "g", noise["z2"])
    image = np.tanh(a)
    layers, inputs, d = _leaky_stack(spec, p, "d", image)
    delta = (_sigmoid(d) - 1) / len(d)
    _, dimage = _leaky_stack_gradients(spec, p, layers, inputs, delta)
    delta = dimage * (1 - image**2)
    gradients, _ = _leaky_stack_gradients(spec, p, generator, codes, delta)
    return np.sum(np.logaddexp(0, -d)) / len(d), gradients


def divergence_gradients(spec, p, batch, noise):
    """Cross-entropy of the reconstruction, and the gradient of the free energies' difference."""
    x = v = batch["x"]
    for u_h, u_v in zip(noise["h"], noise["v"]):
        h = (u_h < _sigmoid(v @ p["W"] + p["b_h"])).astype(x.dtype)
        a = h @ p["W"].T + p["b_v"]
        v = (u_v < _sigmoid(a)).astype(x.dtype)
    positive, negative = _sigmoid(x @ p["W"] + p["b_h"]), _sigmoid(v @ p["W"] + p["b_h"])
    gradients = {
        "W": (v.T @ negative - x.T @ positive) / len(x),
        "b_h": (negative - positive).mean(0),
        "b_v": (v - x).mean(0),
    }
    return _bernoulli_nats(a, x) / len(x), gradients


def rmsprop(spec, value, state, gradient, number):
    """One parameter's new value and running mean square."""
    mean_square = spec.RHO * (0 if state is None else state) + (1 - spec.RHO) * gradient**2
    step = gradient / (np.sqrt(mean_square) + spec.EPSILON)
    return value - spec.LEARNING_RATE * step, mean_square


def adam(spec, value, state, gradient, number):
    """One parameter's new value and its moments; ``number`` counts steps from 1."""
    m, v = (0, 0) if state is None else state
    m = spec.BETA1 * m + (1 - spec.BETA1) * gradient
    v = spec.BETA2 * v + (1 - spec.BETA2) * gradient**2
    scale = np.sqrt(v / (1 - spec.BETA2**number)) + spec.EPSILON
    return value - spec.LEARNING_RATE / (1 - spec.BETA1**number) * m / scale, (m, v)


def sgd(spec, value, state, gradient, number):
    """One parameter's new value; no state."""
    return value - spec.LEARNING_RATE * gradient, None


def build_with(rule, *parts):
    """``build`` for an update rule and one or more losses, each trained after the one before."""

    def build(spec, parameters, data, noise):
        p = dict(parameters)
        state = dict.fromkeys(p)
        size, batches = spec.BATCH_SIZE, len(data["x"]) // spec.BATCH_SIZE
        rng = np.random.default_rng(0)

        def step(i):
            start = i % batches * size
            batch = {name: values[start : start + size] for name, values in data.items()}
            if noise is None:
                now = {name: values[0] for name, values in draws(rng, spec.NOISE, 1).items()}
            else:
                now = {name: values[i % len(values)] for name, values in noise.items()}
            total = 0.0
            for gradients_of in parts:
                loss, gradients = gradients_of(spec, p, batch, now)
                total += loss
                for name, gradient in gradients.items():
                    p[name], state[name] = rule(spec, p[name], state[name], gradient, i + 1)
            return total

        return repeat(step)

    return build


WORKLOADS = {
    "autoencoder_004": build_with(sgd, squared_error_gradients),
    "vae_002": build_with(rmsprop, vae_gradients),
    "autoencoder_784_256": build_with(sgd, cross_entropy_gradients),
    "gan_003": build_with(rmsprop, discriminator_gradients, generator_gradients),
    "lenet": build_with(sgd, lenet_gradients),
    "lstm": build_with(adam, lstm_gradients),
    "rbm_cd15": build_with(sgd, divergence_gradients),
}
