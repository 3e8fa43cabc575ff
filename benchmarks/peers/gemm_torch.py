"""Floor: the step's matrix products alone, by PyTorch (MKL on x86), outputs preallocated."""

import torch

from benchmarks.peers import repeat
from benchmarks.peers.torch_eager import fetch, versions
from benchmarks.workloads import ALL as NAMES
from benchmarks.workloads.gemm import with_own_matrices

__all__ = ["WORKLOADS", "fetch", "versions"]


def build(spec, parameters, data, noise):
    """Multiply matrices of the step's shapes."""
    torch.manual_seed(0)
    products = []
    own = with_own_matrices(spec.GEMMS)
    for gemm in own:
        a = torch.rand((gemm.k, gemm.m)).T if gemm.transpose_a else torch.rand((gemm.m, gemm.k))
        b = torch.rand((gemm.n, gemm.k)).T if gemm.transpose_b else torch.rand((gemm.k, gemm.n))
        products.append((a, b, torch.empty((gemm.m, gemm.n))))
    products *= len(spec.GEMMS) // len(own)

    def step(i):
        for a, b, c in products:
            torch.mm(a, b, out=c)
        return c[0, 0]

    return repeat(step)


WORKLOADS = {name: build for name in NAMES}
