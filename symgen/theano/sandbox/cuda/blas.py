"""``theano.sandbox.cuda.blas``: convolutions made of products of matrices, and the products."""

from symgen.errors import SettingsError
from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray.blas import (
    GpuDot22,
    GpuGemm,
    GpuGemv,
    GpuGer,
    gpu_dot22,
)
from symgen.theano.tensor.nnet import corr, corr3d

__all__ = [
    "GpuCorr3dMM",
    "GpuCorr3dMM_gradInputs",
    "GpuCorr3dMM_gradWeights",
    "GpuCorrMM",
    "GpuCorrMM_gradInputs",
    "GpuCorrMM_gradWeights",
    "GpuDot22",
    "GpuGemm",
    "GpuGemv",
    "GpuGer",
    "gpu_dot22",
]

__getattr__ = attribute_lookup(__name__)


class _Padded:
    """Takes the padding under its older name.

    Parameters
    ----------
    border_mode, subsample, filter_dilation
        As for :class:`theano.tensor.nnet.corr.CorrMM`.
    pad : int, tuple of int, or {"half", "full", "auto"}
        Older name of `border_mode`; ``"auto"`` is ``"half"``.
    """

    def __init__(self, border_mode="valid", subsample=None, filter_dilation=None, pad=0):
        subsample = (1,) * self.ndim if subsample is None else subsample
        if filter_dilation is None:
            filter_dilation = (1,) * self.ndim
        if pad not in (0, (0,) * self.ndim):
            if border_mode != "valid":
                raise SettingsError(
                    "one of border_mode and pad, which is its older name", "both", "Leave pad out."
                )
            border_mode = "half" if pad == "auto" else pad
        super().__init__(border_mode, subsample, filter_dilation)


class GpuCorrMM(_Padded, corr.CorrMM):
    """``GpuCorrMM(…)(img, kern)``: the correlation of images with filters."""


class GpuCorrMM_gradWeights(_Padded, corr.CorrMM_gradWeights):
    """``GpuCorrMM_gradWeights(…)(img, topgrad, shape=None)``: the gradient by the filters."""


class GpuCorrMM_gradInputs(_Padded, corr.CorrMM_gradInputs):
    """``GpuCorrMM_gradInputs(…)(kern, topgrad, shape=None)``: the gradient by the images."""


class GpuCorr3dMM(_Padded, corr3d.Corr3dMM):
    """``GpuCorr3dMM(…)(img, kern)``: the correlation of volumes with filters."""


class GpuCorr3dMM_gradWeights(_Padded, corr3d.Corr3dMM_gradWeights):
    """``GpuCorr3dMM_gradWeights(…)(img, topgrad, shape=None)``: the gradient by the filters."""


class GpuCorr3dMM_gradInputs(_Padded, corr3d.Corr3dMM_gradInputs):
    """``GpuCorr3dMM_gradInputs(…)(kern, topgrad, shape=None)``: the gradient by the volumes."""
