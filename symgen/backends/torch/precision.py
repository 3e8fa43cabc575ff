"""How exactly a GPU multiplies float32 numbers while a function of symgen's runs.

PyTorch lets convolutions, but not matrix products, round their factors to TF32 (10 bits of
fraction) unless it is told otherwise. Here both obey ``SYMGEN_TF32``, and what the user told PyTorch
holds again after the call.
"""

import contextlib

import torch

from symgen import config

_KINDS = (("cuda", "matmul"), ("cuda", "conv"), ("cuda", "rnn"))
_SETTERS = torch._C._set_cublas_allow_tf32, torch._C._set_cudnn_allow_tf32
_GETTERS = torch._C._get_cublas_allow_tf32, torch._C._get_cudnn_allow_tf32


def products_on(device):
    """A context manager, to be entered at each call, for functions on a ``torch.device``."""
    if device.type == "cpu":
        return contextlib.nullcontext()
    named = hasattr(torch._C, "_get_fp32_precision_getter")  # PyTorch 2.9 and later
    return (_Named if named else _Flags)(config.tf32())


class _Named:
    def __init__(self, tf32):
        self._wanted = "tf32" if tf32 else "ieee"

    def __enter__(self):
        self._before = [torch._C._get_fp32_precision_getter(*kind) for kind in _KINDS]
        for kind in _KINDS:
            torch._C._set_fp32_precision_setter(*kind, self._wanted)

    def __exit__(self, *error):
        for kind, before in zip(_KINDS, self._before, strict=True):
            torch._C._set_fp32_precision_setter(*kind, before)


class _Flags:
    def __init__(self, tf32):
        self._wanted = tf32

    def __enter__(self):
        self._before = [get() for get in _GETTERS]
        for set_flag in _SETTERS:
            set_flag(self._wanted)

    def __exit__(self, *error):
        for set_flag, before in zip(_SETTERS, self._before, strict=True):
            set_flag(before)
