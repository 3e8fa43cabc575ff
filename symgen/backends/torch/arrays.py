"""Arrays between NumPy and a device, each way counted."""

import numpy as np
import torch

from symgen.backends.device import register_array_type, transfers


def from_host(array, device):
    """A NumPy array as a tensor on `device`, uncounted; on the CPU it may be the same memory."""
    array = np.asarray(array)
    if not array.flags.writeable or not array.flags.c_contiguous or not array.dtype.isnative:
        array = np.array(array, order="C", dtype=array.dtype.newbyteorder("="))
    return torch.from_numpy(array).to(device)


def to_device(array, device):
    """A NumPy array as a tensor on `device`, counted."""
    tensor = from_host(array, device)
    transfers.to_device(array)
    return tensor


def to_host(tensor):
    """A tensor as a NumPy array, counted; on the CPU it is the same memory."""
    array = tensor.detach().cpu().numpy()
    transfers.to_host(array)
    return array


register_array_type(torch.Tensor, lambda tensor: np.array(tensor.detach().cpu().numpy()))
