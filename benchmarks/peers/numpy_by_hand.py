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


def vae_gradients(p, x, eps):
    """Negative ELBO in nats per example, and its gradient for each parameter."""
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


def cross_entropy_gradients(p, x, eps):
    """Sigmoid cross-entropy of the tanh autoencoder in nats per example, and its gradients."""
    h = np.tanh(x @ p["W_h"] + p["b_h"])
    a = h @ p["W_x"] + p["b_x"]
    da = (_sigmoid(a) - x) / len(x)
    dh = (da @ p["W_x"].T) * (1 - h**2)
    return _bernoulli_nats(a, x) / len(x), _dense_gradients({"h": (x, dh), "x": (h, da)})


def squared_error_gradients(p, x, eps):
    """Mean squared error of the relu autoencoder, and its gradients."""
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


def rmsprop(spec, value, mean_square, gradient):
    """One parameter's new value and running mean square."""
    mean_square = spec.RHO * mean_square + (1 - spec.RHO) * gradient**2
    step = gradient / (np.sqrt(mean_square) + spec.EPSILON)
    return value - spec.LEARNING_RATE * step, mean_square


def sgd(spec, value, state, gradient):
    """One parameter's new value; the state stays."""
    return value - spec.LEARNING_RATE * gradient, state


def build_with(gradients_of, rule):
    """``build`` for a loss with its gradients and an update rule."""

    def build(spec, parameters, data, noise):
        p = dict(parameters)
        state = {name: np.zeros_like(value) for name, value in p.items()}
        size, batches = spec.BATCH_SIZE, len(data) // spec.BATCH_SIZE
        rng = np.random.default_rng(0)

        def step(i):
            start = i % batches * size
            if noise is None:
                eps = rng.standard_normal((size, spec.NOISE_DIM), dtype="float32")
            else:
                eps = noise[i % len(noise)]
            loss, gradients = gradients_of(p, data[start : start + size], eps)
            for name, gradient in gradients.items():
                p[name], state[name] = rule(spec, p[name], state[name], gradient)
            return loss

        return repeat(step)

    return build


WORKLOADS = {
    "vae_002": build_with(vae_gradients, rmsprop),
    "autoencoder_784_256": build_with(cross_entropy_gradients, sgd),
    "autoencoder_004": build_with(squared_error_gradients, sgd),
}
