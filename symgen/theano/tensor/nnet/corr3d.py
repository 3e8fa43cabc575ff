"""``theano.tensor.nnet.corr3d``: correlations over three axes. They do not flip filters."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet.corr import (
    BaseCorrMM,
    CorrMM,
    CorrMM_gradInputs,
    CorrMM_gradWeights,
)

__all__ = ["BaseCorr3dMM", "Corr3dMM", "Corr3dMM_gradInputs", "Corr3dMM_gradWeights"]

__getattr__ = attribute_lookup(__name__)


class BaseCorr3dMM(BaseCorrMM):
    """As :class:`theano.tensor.nnet.corr.BaseCorrMM`, over three axes, filters always shared."""

    ndim = 3

    def __init__(
        self,
        border_mode="valid",
        subsample=(1, 1, 1),
        filter_dilation=(1, 1, 1),
        openmp=None,
        num_groups=1,
    ):
        self._set(border_mode, subsample, filter_dilation, num_groups, False, openmp)


class Corr3dMM(BaseCorr3dMM, CorrMM):
    """``Corr3dMM(…)(img, kern)``: the correlation of volumes with filters."""


class Corr3dMM_gradWeights(BaseCorr3dMM, CorrMM_gradWeights):
    """``Corr3dMM_gradWeights(…)(img, topgrad, shape=None)``: the gradient by the filters."""


class Corr3dMM_gradInputs(BaseCorr3dMM, CorrMM_gradInputs):
    """``Corr3dMM_gradInputs(…)(kern, topgrad, shape=None)``: the gradient by the volumes."""
