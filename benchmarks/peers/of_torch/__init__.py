"""The models of ``workloads.OF_MODELS`` in PyTorch, by family; ``torch_eager`` and ``torch_compile`` train them.

A family's file holds ``LOSSES``: workload -> (loss, update rule's name), with ``loss(spec, p, batch, noise)`` of
parameters ``p`` as ``torch_eager.tensors`` keeps them, weights ``(fan_out, fan_in)``, and the step's draws by name.
"""

import functools

import torch

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def drawn(spec, noise):
    """The step's noise as it was given, or drawn."""
    if noise is not None:
        return noise
    draw = {"normal": torch.randn, "uniform": torch.rand}
    return {name: draw[kind](shape, device=DEVICE) for name, (kind, shape) in spec.NOISE.items()}


def with_draws(loss_fn):
    """The loss that draws where no noise is given."""

    def loss(spec, p, batch, noise):
        return loss_fn(spec, p, batch, drawn(spec, noise))

    return loss


@functools.cache
def constants(make, *arguments):
    """Arrays that a workload makes, as tensors; matrices of weights' masks stay ``(below, above)``."""
    return [torch.tensor(array, device=DEVICE) for array in make(*arguments)]


@functools.cache
def masks(make, *arguments):
    """Masks of a workload in the layout of weights, ``(above, below)``."""
    return [mask.T.contiguous() for mask in constants(make, *arguments)]
