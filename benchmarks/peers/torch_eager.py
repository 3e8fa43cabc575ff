"""PyTorch, eager mode.

``F.linear``, the fused cross-entropy from logits, ``torch.optim.RMSprop(foreach=True)`` and
``torch.optim.SGD(fused=True)``: of the forms that ``torch.optim`` offers on a CPU these were the
fastest. A minibatch is a view into the data.
"""

import torch
import torch.nn.functional as F

from benchmarks.peers import repeat


def versions(threads):
    """Set the thread count; say version and how it was built."""
    torch.set_num_threads(threads)
    return {
        "framework": "torch " + torch.__version__,
        "mkl": torch.backends.mkl.is_available(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
    }


def fetch(loss):
    """The loss as a float; on a CPU every earlier step is done by then."""
    return loss.item()


def tensors(parameters):
    """Parameters as torch keeps them: weights ``(fan_out, fan_in)``."""
    return {
        name: torch.tensor(value.T if value.ndim == 2 else value).contiguous().requires_grad_()
        for name, value in parameters.items()
    }


def vae_loss(p, x, eps):
    """Negative ELBO in nats per example."""
    h = F.relu(F.linear(x, p["W_h"], p["b_h"]))
    mu = F.linear(h, p["W_mu"], p["b_mu"])
    log_var = F.linear(h, p["W_log_var"], p["b_log_var"])
    if eps is None:
        eps = torch.randn_like(mu)
    z = torch.addcmul(mu, eps, torch.exp(0.5 * log_var))
    g = F.relu(F.linear(z, p["W_g"], p["b_g"]))
    logits = F.linear(g, p["W_x"], p["b_x"])
    nats = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu * mu - torch.exp(log_var))
    return (nats + kl) / x.shape[0]


def cross_entropy_loss(p, x, eps):
    """Sigmoid cross-entropy of the tanh autoencoder, nats per example."""
    h = torch.tanh(F.linear(x, p["W_h"], p["b_h"]))
    logits = F.linear(h, p["W_x"], p["b_x"])
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / x.shape[0]


def squared_error_loss(p, x, eps):
    """Mean squared error of the relu autoencoder."""
    h = F.relu(F.linear(x, p["W_h"], p["b_h"]))
    return F.mse_loss(F.relu(F.linear(h, p["W_x"], p["b_x"])), x)


def rmsprop(spec, p):
    """Document 002's update rule."""
    return torch.optim.RMSprop(
        p.values(), lr=spec.LEARNING_RATE, alpha=spec.RHO, eps=spec.EPSILON, foreach=True
    )


def sgd(spec, p):
    """Plain gradient descent."""
    return torch.optim.SGD(p.values(), lr=spec.LEARNING_RATE, fused=True)


def build_with(loss_fn, optimizer_of):
    """``build`` for a loss and an optimizer."""

    def build(spec, parameters, data, noise):
        p = tensors(parameters)
        optimizer = optimizer_of(spec, p)
        size = spec.BATCH_SIZE
        data = torch.tensor(data)
        batches = len(data) // size
        noise = None if noise is None else torch.tensor(noise)

        def step(i):
            start = i % batches * size
            eps = None if noise is None else noise[i % len(noise)]
            optimizer.zero_grad(set_to_none=True)
            loss = loss_fn(p, data[start : start + size], eps)
            loss.backward()
            optimizer.step()
            return loss.detach()

        return repeat(step)

    return build


WORKLOADS = {
    "vae_002": build_with(vae_loss, rmsprop),
    "autoencoder_784_256": build_with(cross_entropy_loss, sgd),
    "autoencoder_004": build_with(squared_error_loss, sgd),
}
