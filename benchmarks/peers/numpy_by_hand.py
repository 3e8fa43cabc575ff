"""Forward and backward passes written out in NumPy: the check on all others, not a rival."""

import numpy as np

from benchmarks.peers import repeat


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


def vae_002(spec, parameters, data, noise):
    """One training step of the VAE, gradients by hand."""
    p = {name: value.copy() for name, value in parameters.items()}
    v = {name: np.zeros_like(value) for name, value in p.items()}
    size, batches = spec.BATCH_SIZE, len(data) // spec.BATCH_SIZE
    rng = np.random.default_rng(0)

    def step(i):
        start = i % batches * size
        x = data[start : start + size]
        if noise is None:
            eps = rng.standard_normal((size, spec.NOISE_DIM), dtype="float32")
        else:
            eps = noise[i % len(noise)]
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
        inputs = (("h", x, dh), ("mu", h, dmu), ("log_var", h, dlog_var), ("g", z, dg), ("x", g, da))
        for name, below, delta in inputs:
            for key, gradient in (("W_" + name, below.T @ delta), ("b_" + name, delta.sum(0))):
                v[key] = spec.RHO * v[key] + (1 - spec.RHO) * gradient**2
                p[key] -= spec.LEARNING_RATE * gradient / (np.sqrt(v[key]) + spec.EPSILON)
        return loss

    return repeat(step)


def _autoencoder(spec, parameters, data, encode, decode):
    """SGD on a two-layer autoencoder.

    ``encode(u)`` returns ``h`` and ``dh/du``; ``decode(a, x)`` the summed loss and its gradient.
    """
    p = {name: value.copy() for name, value in parameters.items()}
    size, batches = spec.BATCH_SIZE, len(data) // spec.BATCH_SIZE

    def step(i):
        start = i % batches * size
        x = data[start : start + size]
        h, slope = encode(x @ p["W_h"] + p["b_h"])
        loss, da = decode(h @ p["W_x"] + p["b_x"], x)
        dh = (da @ p["W_x"].T) * slope
        for key, gradient in (
            ("W_x", h.T @ da),
            ("b_x", da.sum(0)),
            ("W_h", x.T @ dh),
            ("b_h", dh.sum(0)),
        ):
            p[key] -= spec.LEARNING_RATE * gradient
        return loss

    return repeat(step)


def autoencoder_784_256(spec, parameters, data, noise):
    """tanh code, sigmoid cross-entropy."""

    def encode(u):
        h = np.tanh(u)
        return h, 1 - h**2

    def decode(a, x):
        return _bernoulli_nats(a, x) / len(x), (_sigmoid(a) - x) / len(x)

    return _autoencoder(spec, parameters, data, encode, decode)


def autoencoder_004(spec, parameters, data, noise):
    """relu both ways, mean squared error."""

    def encode(u):
        return np.maximum(u, 0), u > 0

    def decode(a, x):
        error = np.maximum(a, 0) - x
        return np.mean(error**2), 2 * error * (a > 0) / x.size

    return _autoencoder(spec, parameters, data, encode, decode)


WORKLOADS = {
    "vae_002": vae_002,
    "autoencoder_784_256": autoencoder_784_256,
    "autoencoder_004": autoencoder_004,
}
