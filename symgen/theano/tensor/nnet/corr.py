"""``theano.tensor.nnet.corr``: correlations over two axes. They do not flip filters."""

from symgen.errors import RangeError
from symgen.ops import conv as ops
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet._stand_in import StandInOp
from symgen.theano.tensor.nnet.abstract_conv import (
    _spatial,
    get_conv_gradinputs_shape,
    get_conv_gradweights_shape,
)

__all__ = ["BaseCorrMM", "CorrMM", "CorrMM_gradInputs", "CorrMM_gradWeights"]

__getattr__ = attribute_lookup(__name__)


class BaseCorrMM(StandInOp):
    """The properties that the correlation Ops share.

    Parameters
    ----------
    border_mode : {"valid", "full", "half"}, int, tuple of int or of pairs of int
    subsample, filter_dilation : tuple of int
    num_groups : int
    unshared : bool
    openmp : bool, optional
        Threads are the backend's affair: only None, False and True are known, and each is computed
        with as many threads as the backend has.

    Raises
    ------
    RangeError
        For another value.
    """

    __props__ = ("border_mode", "subsample", "filter_dilation", "num_groups", "unshared")
    ndim = 2
    symgen_op = ops.Conv

    def __init__(
        self,
        border_mode="valid",
        subsample=(1, 1),
        filter_dilation=(1, 1),
        num_groups=1,
        unshared=False,
        openmp=None,
    ):
        self._set(border_mode, subsample, filter_dilation, num_groups, unshared, openmp)

    def _set(self, border_mode, subsample, filter_dilation, num_groups, unshared, openmp):
        if openmp not in (None, False, True):
            raise RangeError("openmp of None, False or True", repr(openmp), "Leave it out.")
        self.op = self.symgen_op(
            self.ndim,
            border_mode,
            tuple(subsample),
            tuple(filter_dilation),
            False,
            num_groups,
            unshared,
        )

    @classmethod
    def recognises(cls, op):
        """symgen's Op over as many axes, without a flip."""
        return isinstance(op, cls.symgen_op) and op.ndim == cls.ndim and not op.filter_flip

    border_mode = property(lambda self: self.op.border_mode)
    subsample = property(lambda self: self.op.subsample)
    filter_dilation = property(lambda self: self.op.filter_dilation)
    num_groups = property(lambda self: self.op.num_groups)
    unshared = property(lambda self: self.op.unshared)

    def _shape(self, shape, computed):
        """The sizes that were passed, or those that the other arguments' shapes give."""
        sizes = computed[-self.ndim :] if shape is None else _spatial(shape, self.ndim)
        if any(size is None for size in sizes):
            raise RangeError(
                "a shape, since strides or border_mode='half' leave several possible",
                "shape=None",
                "Pass the sizes along the spatial axes as shape=.",
            )
        return sizes


class CorrMM(BaseCorrMM):
    """``CorrMM(…)(img, kern)``: the correlation of images with filters."""

    def make_graph(self, img, kern):
        """Return the correlation."""
        return self.op(img, kern)


class CorrMM_gradWeights(BaseCorrMM):
    """``CorrMM_gradWeights(…)(img, topgrad, shape=None)``: the gradient by the filters."""

    symgen_op = ops.ConvGradWeights

    def make_graph(self, img, topgrad, shape=None):
        """Return the gradient; `shape` are the filters' taps."""
        computed = get_conv_gradweights_shape(
            tuple(img.shape),
            tuple(topgrad.shape),
            self.border_mode,
            self.subsample,
            self.filter_dilation,
        )
        return self.op(img, topgrad, *self._shape(shape, computed))


class CorrMM_gradInputs(BaseCorrMM):
    """``CorrMM_gradInputs(…)(kern, topgrad, shape=None)``: the gradient by the images."""

    symgen_op = ops.ConvGradInputs

    def make_graph(self, kern, topgrad, shape=None):
        """Return the gradient; `shape` are the images' sizes along the spatial axes."""
        computed = get_conv_gradinputs_shape(
            tuple(kern.shape),
            tuple(topgrad.shape),
            self.border_mode,
            self.subsample,
            self.filter_dilation,
        )
        return self.op(kern, topgrad, *self._shape(shape, computed))
