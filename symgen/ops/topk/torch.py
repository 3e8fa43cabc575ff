"""TopK for PyTorch; importing this file teaches it to PyTensor's PyTorch backend."""

import torch
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.ops.topk.op import TopK, count

# Integers that torch.topk does not take, and those it does that hold the same numbers.
_WIDER = {torch.bool: torch.uint8, torch.uint16: torch.int32, torch.uint32: torch.int64}
_SIGNED = {torch.uint16: torch.int16, torch.uint32: torch.int32, torch.uint64: torch.int64}


def _comparable(x):
    """Numbers that torch.topk takes, in the order of those in `x`."""
    if x.dtype == torch.uint64:
        return x.view(torch.int64) ^ torch.iinfo(torch.int64).min
    return x.to(_WIDER.get(x.dtype, x.dtype))


@pytorch_funcify.register(TopK)
def pytorch_funcify_topk(op, node, **kwargs):
    """A function of the array and k."""
    idx_dtype = getattr(torch, op.idx_dtype)

    def topk(x, k):
        k = int(k)
        size = count(k, x.shape[op.axis])
        _, places = torch.topk(_comparable(x), size, dim=op.axis, largest=k > 0, sorted=op.sorted)
        if op.sorted and k < 0:
            places = places.flip(op.axis)
        results = []
        if op.return_values:
            bits = x.view(_SIGNED.get(x.dtype, x.dtype))
            results.append(torch.take_along_dim(bits, places, dim=op.axis).view(x.dtype))
        if op.return_indices:
            results.append(places.to(idx_dtype))
        return tuple(results) if len(results) > 1 else results[0]

    return topk
