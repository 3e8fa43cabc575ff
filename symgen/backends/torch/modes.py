"""PyTensor modes whose linker is symgen's for PyTorch."""

import functools

import torch
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.db import RewriteDatabaseQuery

from symgen.backends import gpu
from symgen.backends.torch.linker import TorchLinker
from symgen.ops import load_forms
from symgen.rewrites.corrected import corrected


@functools.cache
def mode(device, compiled, fetch=True):
    """See :func:`symgen.backends.torch.mode`."""
    load_forms("torch")
    linker = TorchLinker(torch_device(device), compiled, fetch=fetch)
    rewrites = corrected(RewriteDatabaseQuery(include=["fast_run"]))
    chosen = Mode(linker, rewrites)
    # Inner graphs, of scan for example, are rewritten like the outer one.
    chosen.linker.rewrite = lambda fgraph: chosen.optimizer(fgraph)
    return chosen


def torch_device(name):
    """The ``torch.device`` of "auto", "cpu" or "gpu"."""
    gpu.check_device(name)
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    if name == "gpu":
        gpu.refuse("torch", f"PyTorch {torch.__version__}, which sees none")
    return torch.device("cpu")
