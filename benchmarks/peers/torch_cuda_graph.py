"""PyTorch on a GPU, the whole step recorded once as a CUDA graph and replayed.

The step is that of ``torch_eager``, with optimizers that keep their counters on the device. Each step
copies its minibatch into the memory that the graph reads. An epoch is a loop over replays: PyTorch
has no call for many of them.
"""

import torch

from benchmarks.peers import repeat
from benchmarks.peers.torch_eager import (
    DEVICE,
    build_with,
    deep_discriminator_loss,
    deep_generator_loss,
    device_memory,
    discriminator_loss,
    fetch,
    gan_with,
    generator_loss,
    pixelcnn_loss,
    vae_loss,
    versions,
)
from benchmarks.workloads import ALL

__all__ = ["CANNOT", "WORKLOADS", "device_memory", "fetch", "versions"]

WARM_UP = 3


def rmsprop(spec, p):
    """Running mean squares, all state on the device."""
    rates = {"lr": spec.LEARNING_RATE, "alpha": spec.RHO, "eps": spec.EPSILON}
    return torch.optim.RMSprop(p, foreach=True, capturable=True, **rates)


def adam(spec, p):
    """Adam, all state on the device."""
    rates = {"lr": spec.LEARNING_RATE, "eps": spec.EPSILON}
    return torch.optim.Adam(
        p, betas=(spec.BETA1, spec.BETA2), fused=True, capturable=True, **rates
    )


class Kept:
    """Notes the parameters and optimizers of a build, to set them back after a warm-up."""

    def __init__(self):
        self._optimizers, self._before = [], None

    def of(self, optimizer_of):
        """An optimizer's maker whose optimizers are noted."""

        def make(spec, p):
            p = list(p)
            self._optimizers.append(optimizer_of(spec, p))
            return self._optimizers[-1]

        return make

    def _parameters(self):
        return [p for o in self._optimizers for group in o.param_groups for p in group["params"]]

    def keep(self):
        """Remember the parameters."""
        self._before = [p.detach().clone() for p in self._parameters()]

    def restore(self):
        """Parameters as they were kept, and all moments and counters zero, in their memory."""
        with torch.no_grad():
            for p, before in zip(self._parameters(), self._before, strict=True):
                p.copy_(before)
            for optimizer in self._optimizers:
                for state in optimizer.state.values():
                    for value in state.values():
                        value.zero_()


def recorded_with(build, *loss_fns, optimizer_of):
    """``build`` of ``torch_eager`` whose steps are replays."""

    def record(spec, parameters, data, noise):
        kept = Kept()

        def run_of(spec, data, noise, step):
            return replayed(spec, data, noise, step, kept)

        make = build(*loss_fns, kept.of(optimizer_of), run_of=run_of)
        return make(spec, parameters, data, noise)

    return record


def replayed(spec, data, noise, step, kept):
    """``run`` of ``step(batch, noise) -> loss`` as a graph."""
    size = spec.BATCH_SIZE
    data = {name: torch.tensor(values, device=DEVICE) for name, values in data.items()}
    batches = len(data["x"]) // size
    batch = {name: values[:size].clone() for name, values in data.items()}
    if noise is not None:
        noise = {name: torch.tensor(values, device=DEVICE) for name, values in noise.items()}
    now = noise and {name: values[0].clone() for name, values in noise.items()}

    kept.keep()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            step(batch, now)
    torch.cuda.current_stream().wait_stream(stream)
    kept.restore()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = step(batch, now)

    def numbered(i):
        start = i % batches * size
        for name, values in data.items():
            batch[name].copy_(values[start : start + size])
        for name, values in (noise or {}).items():
            now[name].copy_(values[i % len(values)])
        graph.replay()
        return loss

    return repeat(numbered)


WORKLOADS = {
    "vae_002": recorded_with(build_with, vae_loss, optimizer_of=rmsprop),
    "vae_002_batch8192": recorded_with(build_with, vae_loss, optimizer_of=rmsprop),
    "gan_003": recorded_with(
        gan_with, discriminator_loss, generator_loss, optimizer_of=rmsprop
    ),
    "dcgan": recorded_with(
        gan_with, deep_discriminator_loss, deep_generator_loss, optimizer_of=adam
    ),
    "pixelcnn": recorded_with(build_with, pixelcnn_loss, optimizer_of=adam),
}
CANNOT = {}
if DEVICE.type == "cpu":
    WORKLOADS, CANNOT = {}, dict.fromkeys(ALL, "a CUDA graph needs a GPU")
