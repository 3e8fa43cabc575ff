"""The modules of Theano's GPU back ends: the same maths, or an error that names what is gone."""

import numpy as np
import pytest

import symgen.theano.gpuarray.blas as gpu_blas
import symgen.theano.gpuarray.dnn as gpu_dnn
import symgen.theano.sandbox.cuda.blas as cuda_blas
import symgen.theano.sandbox.cuda.dnn as cuda_dnn
import symgen.theano.sandbox.gpuarray.dnn as old_gpu_dnn
import symgen.theano.tensor as T
from symgen import theano
from symgen.errors import DtypeError, NotSupportedError, RangeError, SettingsError
from symgen.theano import gpuarray
from symgen.theano.sandbox import cuda
from symgen.theano.sandbox.cuda import rng_curand
from symgen.theano.sandbox.cuda.basic_ops import (
    HostFromGpu,
    as_cuda_ndarray_variable,
    gpu_alloc_empty,
    gpu_contiguous,
    host_from_gpu,
)

RNG = np.random.default_rng(3)
X = RNG.normal(size=(2, 3, 7, 6))
W = RNG.normal(size=(4, 3, 3, 2))


def convolution(x, w, stride=(1, 1), pad=(0, 0), flip=True):
    """Sum over channels and taps, place by place."""
    x = np.pad(x, [(0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])])
    w = w[:, :, ::-1, ::-1] if flip else w
    rows = (x.shape[2] - w.shape[2]) // stride[0] + 1
    columns = (x.shape[3] - w.shape[3]) // stride[1] + 1
    out = np.empty((len(x), len(w), rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride[0], j * stride[1]
            window = x[:, :, top : top + w.shape[2], left : left + w.shape[3]]
            out[:, :, i, j] = np.einsum("ncij,fcij->nf", window, w)
    return out


def compiled(inputs, outputs):
    return theano.function(inputs, outputs, mode="FAST_COMPILE")


def test_dnn_conv_of_both_back_ends():
    x, w = T.dtensor4(), T.dtensor4()
    f = compiled(
        [x, w],
        [
            cuda_dnn.dnn_conv(x, w, "full", (1, 1), "cross", algo="small"),
            cuda_dnn.dnn_conv(gpu_contiguous(x), gpu_contiguous(w), (1, 2), (2, 1)),
            gpu_dnn.dnn_conv(x, w, subsample=(2, 2), conv_mode="cross", precision="float64"),
            old_gpu_dnn.dnn_conv(x, w, border_mode="valid", dilation=(2, 1)),
        ],
    )
    full, padded, strided, dilated = f(X, W)
    wide = np.zeros((4, 3, 5, 2))
    wide[:, :, ::2] = W
    np.testing.assert_allclose(full, convolution(X, W, pad=(2, 1), flip=False))
    np.testing.assert_allclose(padded, convolution(X, W, (2, 1), (1, 2)))
    np.testing.assert_allclose(strided, convolution(X, W, (2, 2), flip=False))
    np.testing.assert_allclose(dilated, convolution(X, wide))


def test_a_transposed_convolution_by_descriptor_as_gans_had_it():
    g, w = T.dtensor4("g"), T.dtensor4("w")
    image = gpu_alloc_empty(g.shape[0], w.shape[1], g.shape[2] * 2, g.shape[3] * 2)
    desc = cuda_dnn.GpuDnnConvDesc(border_mode=(2, 2), subsample=(2, 2), conv_mode="conv")(
        image.shape, w.shape
    )
    up = cuda_dnn.GpuDnnConvGradI()(w, g, image, desc)
    G, W5 = RNG.normal(size=(2, 4, 3, 3)), RNG.normal(size=(4, 3, 5, 5))
    found = compiled([g, w], up)(G, W5)
    # Of a linear function, the inner product with the gradient is the function's with its argument.
    Z = RNG.normal(size=(2, 3, 6, 6))
    assert found.shape == Z.shape
    np.testing.assert_allclose((found * Z).sum(), (convolution(Z, W5, (2, 2), (2, 2)) * G).sum())


def test_alpha_and_beta_of_a_convolution_by_descriptor():
    x, w, out = T.dtensor4(), T.dtensor4(), T.dtensor4()
    desc = gpu_dnn.GpuDnnConvDesc("valid", (1, 1), conv_mode="cross")(w.shape)
    O = RNG.normal(size=(2, 4, 5, 5))
    f = compiled([x, w, out], gpu_dnn.GpuDnnConv("small")(x, w, out, desc, 2.0, -0.5))
    np.testing.assert_allclose(f(X, W, O), 2 * convolution(X, W, flip=False) - 0.5 * O)
    assert gpu_dnn.GpuDnnConv.get_out_shape((2, 3, 7, 6), (4, 3, 3, 2), "half", (2, 2)) == (
        2,
        4,
        4,
        4,
    )


def test_gradients_of_dnn_conv():
    x, w, g = T.dtensor4(), T.dtensor4(), T.dtensor4()
    by_x = gpu_dnn.dnn_gradinput(w, g, x.shape, subsample=(2, 1))
    by_w = gpu_dnn.dnn_gradweight(x, g, (4, 3, 3, 2), subsample=(2, 1))
    G = RNG.normal(size=(2, 4, 3, 5))
    found_x, found_w = compiled([x, w, g], [by_x, by_w])(X, W, G)
    V, U = RNG.normal(size=X.shape), RNG.normal(size=W.shape)
    np.testing.assert_allclose((found_x * V).sum(), (convolution(V, W, (2, 1)) * G).sum())
    np.testing.assert_allclose((found_w * U).sum(), (convolution(X, U, (2, 1)) * G).sum())


def test_corr_mm_of_both_back_ends():
    x, w = T.dtensor4(), T.dtensor4()
    f = compiled(
        [x, w],
        [cuda_blas.GpuCorrMM(pad=(1, 1))(x, w), gpu_blas.GpuCorrMM((1, 1), (2, 2))(x, w)],
    )
    old, new = f(X, W)
    np.testing.assert_allclose(old, convolution(X, W, pad=(1, 1), flip=False))
    np.testing.assert_allclose(new, convolution(X, W, (2, 2), (1, 1), flip=False))


def test_dnn_pool():
    x = T.dtensor4()
    f = compiled(
        [x],
        [
            cuda_dnn.dnn_pool(x, (2, 2), stride=(2, 2)),
            cuda_dnn.dnn_pool(x, (3, 2), mode="average_exc_pad"),
            gpu_dnn.GpuDnnPool()(x, gpu_dnn.GpuDnnPoolDesc((2, 2), (2, 2), "sum")()),
        ],
    )
    largest, mean, total = f(X)
    windows = np.lib.stride_tricks.sliding_window_view(X, (2, 2), (2, 3))[:, :, ::2, ::2]
    np.testing.assert_array_equal(largest, windows.max((-1, -2)))
    np.testing.assert_allclose(total, windows.sum((-1, -2)))
    wide = np.lib.stride_tricks.sliding_window_view(X, (3, 2), (2, 3))
    np.testing.assert_allclose(mean, wide.mean((-1, -2)))


def test_dnn_softmax_and_batch_normalisation():
    x, c = T.dtensor4(), T.dvector()
    channel = cuda_dnn.GpuDnnSoftmax("bc01", "accurate", "channel")(x)
    instance = gpu_dnn.GpuDnnSoftmax("log", "instance")(x)
    out = gpu_dnn.dnn_batch_normalization_train(x, c, c, "spatial", epsilon=1e-4)[0]
    found = compiled([x, c], [channel, instance, out])(X, np.ones(3))
    e = np.exp(X)
    np.testing.assert_allclose(found[0], e / e.sum(1, keepdims=True))
    np.testing.assert_allclose(found[1], np.log(e / e.sum((1, 2, 3), keepdims=True)))
    centred = X - X.mean((0, 2, 3), keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean((0, 2, 3), keepdims=True) + 1e-4)
    np.testing.assert_allclose(found[2], scaled + 1)


def test_transfers_are_the_identity():
    x = T.fmatrix()
    for moved in (
        host_from_gpu(x),
        gpu_contiguous(x),
        HostFromGpu()(x),
        as_cuda_ndarray_variable(x),
        cuda.gpu_from_host(x),
        gpuarray.basic_ops.GpuFromHost(None)(x),
        gpuarray.as_gpuarray_variable(x, None),
    ):
        assert moved is x
    assert gpuarray.basic_ops.GpuAllocEmpty("float64")(2, 3).type.dtype == "float64"
    value = cuda.shared_constructor(np.ones(3, "float32"), "s").get_value()
    assert value.dtype == np.float32
    assert cuda.CudaNdarrayType((True, False)) == T.TensorType("float32", (True, False))
    np.testing.assert_array_equal(cuda.CudaNdarray.zeros((2,)), np.zeros(2, "float32"))


def test_matrix_products():
    a, b, c = T.dmatrices("abc")
    A, B, C = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=(2, 4))
    f = compiled([a, b, c], gpu_blas.gpugemm_no_inplace(c, 2.0, a, b, 0.5))
    np.testing.assert_allclose(f(A, B, C), 0.5 * C + 2 * A @ B)


def test_no_gpu_is_reported():
    assert not cuda.cuda_available and not cuda.cuda_enabled
    assert not gpuarray.pygpu_activated and gpuarray.list_contexts() == []
    assert cuda_dnn.dnn_available() is False and "Ops of its own" in cuda_dnn.dnn_available.msg
    assert gpu_dnn.dnn_present() is False and gpu_dnn.version(raises=False) == -1


def test_use_warns_and_goes_on():
    with pytest.warns(UserWarning, match="gpu0"):
        cuda.use("gpu0")
    with pytest.warns(UserWarning, match="cuda1"):
        gpuarray.use("cuda1")
    cuda.use("cpu")
    with pytest.raises(NotSupportedError, match="force"):
        cuda.use("gpu", force=True)


def test_what_makes_no_sense_raises():
    class Custom(cuda.GpuOp):
        pass

    with pytest.raises(NotSupportedError, match="Custom"):
        Custom()
    with pytest.raises(NotSupportedError, match="RNNBlock"):
        gpu_dnn.RNNBlock("float32", 3, 1, "lstm")
    with pytest.raises(NotSupportedError, match="mem_info"):
        cuda.mem_info()
    with pytest.raises(gpuarray.ContextNotDefined, match="cuda0"):
        gpuarray.get_context("cuda0")
    with pytest.raises(AttributeError, match="GPU code is gone"):
        gpuarray.dnn.local_conv_dnn  # noqa: B018
    with pytest.raises(DtypeError):
        cuda.CudaNdarrayType((False,), dtype="float64")


def test_arguments_of_convolutions_are_checked():
    x, w = T.ftensor4(), T.ftensor4()
    with pytest.raises(RangeError, match="algo"):
        cuda_dnn.dnn_conv(x, w, algo="quick")
    with pytest.raises(NotSupportedError, match="precision"):
        gpu_dnn.dnn_conv(x, w, precision="float64")
    with pytest.raises(RangeError, match="conv_mode"):
        cuda_dnn.dnn_conv(x, w, conv_mode="flip")
    with pytest.raises(SettingsError, match="pad"):
        cuda_blas.GpuCorrMM("full", pad=(1, 1))


def test_curand_streams_repeat_with_their_seed():
    def draws():
        streams = rng_curand.CURAND_RandomStreams(7)
        out = [streams.uniform((500,), 1.0, 3.0), streams.normal(size=(500,), avg=2.0)]
        return compiled([], out)()

    (u, z), again = draws(), draws()
    np.testing.assert_array_equal([u, z], again)
    assert u.min() > 1 and u.max() < 3 and abs(u.mean() - 2) < 0.15 and abs(z.mean() - 2) < 0.25
    assert not np.array_equal(u, compiled([], rng_curand.CURAND_RandomStreams(8).uniform((500,)))())
