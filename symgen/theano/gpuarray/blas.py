"""``theano.gpuarray.blas``: products of matrices, and convolutions made of them."""

from pytensor.tensor import as_tensor_variable, cast, dot, matmul, outer

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet import corr, corr3d
from symgen.theano.tensor.nnet._stand_in import StandInOp

__all__ = [
    "BaseGpuCorr3dMM",
    "BaseGpuCorrMM",
    "GpuCorr3dMM",
    "GpuCorr3dMM_gradInputs",
    "GpuCorr3dMM_gradWeights",
    "GpuCorrMM",
    "GpuCorrMM_gradInputs",
    "GpuCorrMM_gradWeights",
    "GpuDot22",
    "GpuGemm",
    "GpuGemmBatch",
    "GpuGemv",
    "GpuGer",
    "gpu_dot22",
    "gpugemm_inplace",
    "gpugemm_no_inplace",
    "gpugemmbatch_inplace",
    "gpugemmbatch_no_inplace",
    "gpugemv_inplace",
    "gpugemv_no_inplace",
    "gpuger_inplace",
    "gpuger_no_inplace",
]

__getattr__ = attribute_lookup(__name__)

BaseGpuCorrMM, BaseGpuCorr3dMM = corr.BaseCorrMM, corr3d.BaseCorr3dMM
GpuCorrMM = corr.CorrMM
GpuCorrMM_gradInputs = corr.CorrMM_gradInputs
GpuCorrMM_gradWeights = corr.CorrMM_gradWeights
GpuCorr3dMM = corr3d.Corr3dMM
GpuCorr3dMM_gradInputs = corr3d.Corr3dMM_gradInputs
GpuCorr3dMM_gradWeights = corr3d.Corr3dMM_gradWeights


class GpuDot22(StandInOp):
    """``gpu_dot22(x, y)``: the product of two matrices."""

    def make_graph(self, x, y):
        """Return the product."""
        return dot(x, y)


class _Update(StandInOp):
    """``beta y + alpha product``.

    Parameters
    ----------
    inplace : bool
        Whether Theano's Op wrote into `y`: the backend decides.
    """

    __props__ = ("inplace",)

    def __init__(self, inplace=False):
        self.inplace = bool(inplace)

    def make_graph(self, y, alpha, A, x, beta):
        """Return the sum, of the dtype of `y`."""
        y = as_tensor_variable(y)
        product = self.product(as_tensor_variable(A), as_tensor_variable(x))
        return cast(beta, y.dtype) * y + cast(alpha, y.dtype) * product


class GpuGemv(_Update):
    """``gpugemv_no_inplace(y, alpha, A, x, beta)``: ``beta y + alpha A x`` for vectors x and y."""

    product = staticmethod(dot)


class GpuGemm(_Update):
    """``gpugemm_no_inplace(C, alpha, A, B, beta)``: ``beta C + alpha A B`` for matrices."""

    product = staticmethod(dot)


class GpuGemmBatch(_Update):
    """``gpugemmbatch_no_inplace(C, alpha, A, B, beta)``: :class:`GpuGemm` along the first axis."""

    product = staticmethod(matmul)


class GpuGer(StandInOp):
    """``gpuger_no_inplace(A, alpha, x, y)``: ``A + alpha x y'`` for vectors x and y.

    Parameters
    ----------
    inplace : bool
        Whether Theano's Op wrote into `A`: the backend decides.
    """

    __props__ = ("inplace",)

    def __init__(self, inplace=False):
        self.inplace = bool(inplace)

    def make_graph(self, A, alpha, x, y):
        """Return the sum, of the dtype of `A`."""
        A = as_tensor_variable(A)
        return A + cast(alpha, A.dtype) * outer(x, y)


gpu_dot22 = GpuDot22()
gpugemv_no_inplace, gpugemv_inplace = GpuGemv(False), GpuGemv(True)
gpugemm_no_inplace, gpugemm_inplace = GpuGemm(False), GpuGemm(True)
gpugemmbatch_no_inplace, gpugemmbatch_inplace = GpuGemmBatch(False), GpuGemmBatch(True)
gpuger_no_inplace, gpuger_inplace = GpuGer(False), GpuGer(True)
