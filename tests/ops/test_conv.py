"""Convolutions against Theano's recorded values, PyTorch, and each other's backends."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from compile_on import BACKENDS, compile_on, mode_of
from pytensor.gradient import verify_grad

from symgen.errors import BackendError, DtypeError, RangeError, SettingsError, ShapeError
from symgen.ops import conv

ARRAYS = np.load(Path(__file__).resolve().parents[1] / "data" / "theano_conv_golden.npz")
# Many entries share an input: name of a value -> name of its array in the file.
NAMES = json.loads(str(ARRAYS["names"]))

# Entry of the recording -> the expression that Theano computed.
EXPRESSIONS = {
    "e000": lambda x, w: conv.conv2d(x, w, border_mode="valid"),
    "e001": lambda x, w: conv.conv2d(x, w, border_mode="valid", subsample=(2, 3)),
    "e002": lambda x, w: conv.conv2d(x, w, border_mode="full"),
    "e003": lambda x, w: conv.conv2d(x, w, border_mode="full", subsample=(2, 3)),
    "e004": lambda x, w: conv.conv2d(x, w, border_mode="half"),
    "e005": lambda x, w: conv.conv2d(x, w, border_mode="half", subsample=(2, 3)),
    "e006": lambda x, w: conv.conv2d(x, w, border_mode=0),
    "e007": lambda x, w: conv.conv2d(x, w, border_mode=0, subsample=(2, 3)),
    "e008": lambda x, w: conv.conv2d(x, w, border_mode=1),
    "e009": lambda x, w: conv.conv2d(x, w, border_mode=1, subsample=(2, 3)),
    "e010": lambda x, w: conv.conv2d(x, w, border_mode=(1, 2)),
    "e011": lambda x, w: conv.conv2d(x, w, border_mode=(1, 2), subsample=(2, 3)),
    "e012": lambda x, w: conv.conv2d(x, w, border_mode=(2, 0)),
    "e013": lambda x, w: conv.conv2d(x, w, border_mode=(2, 0), subsample=(2, 3)),
    "e014": lambda x, w: conv.conv2d(x, w, border_mode=((1, 2), (0, 1))),
    "e015": lambda x, w: conv.conv2d(x, w, border_mode=((1, 2), (0, 1)), subsample=(2, 3)),
    "e016": lambda x, w: conv.conv2d(x, w, border_mode=((2, 0), (1, 1))),
    "e017": lambda x, w: conv.conv2d(x, w, border_mode=((2, 0), (1, 1)), subsample=(2, 3)),
    "e018": lambda x, w: conv.conv2d(x, w, border_mode="valid", filter_flip=False),
    "e019": lambda x, w: conv.conv2d(x, w, border_mode="valid", filter_dilation=(2, 1)),
    "e020": lambda x, w: conv.conv2d(
        x, w, border_mode="valid", filter_dilation=(2, 2), subsample=(2, 1)
    ),
    "e021": lambda x, w: conv.conv2d(
        x, w, border_mode="valid", filter_flip=False, filter_dilation=(1, 2), subsample=(1, 2)
    ),
    "e022": lambda x, w: conv.conv2d(x, w, border_mode="full", filter_flip=False),
    "e023": lambda x, w: conv.conv2d(x, w, border_mode="full", filter_dilation=(2, 1)),
    "e024": lambda x, w: conv.conv2d(
        x, w, border_mode="full", filter_dilation=(2, 2), subsample=(2, 1)
    ),
    "e025": lambda x, w: conv.conv2d(
        x, w, border_mode="full", filter_flip=False, filter_dilation=(1, 2), subsample=(1, 2)
    ),
    "e026": lambda x, w: conv.conv2d(x, w, border_mode="half", filter_flip=False),
    "e027": lambda x, w: conv.conv2d(x, w, border_mode="half", filter_dilation=(2, 1)),
    "e028": lambda x, w: conv.conv2d(
        x, w, border_mode="half", filter_dilation=(2, 2), subsample=(2, 1)
    ),
    "e029": lambda x, w: conv.conv2d(
        x, w, border_mode="half", filter_flip=False, filter_dilation=(1, 2), subsample=(1, 2)
    ),
    "e030": lambda x, w: conv.conv2d(x, w, border_mode=(1, 1), filter_flip=False),
    "e031": lambda x, w: conv.conv2d(x, w, border_mode=(1, 1), filter_dilation=(2, 1)),
    "e032": lambda x, w: conv.conv2d(
        x, w, border_mode=(1, 1), filter_dilation=(2, 2), subsample=(2, 1)
    ),
    "e033": lambda x, w: conv.conv2d(
        x, w, border_mode=(1, 1), filter_flip=False, filter_dilation=(1, 2), subsample=(1, 2)
    ),
    "e034": lambda x, w: conv.conv2d(x, w, border_mode="valid", num_groups=2),
    "e035": lambda x, w: conv.conv2d(x, w, border_mode="valid", num_groups=2, subsample=(2, 2)),
    "e036": lambda x, w: conv.conv2d(x, w, border_mode="valid", num_groups=2, filter_flip=False),
    "e037": lambda x, w: conv.conv2d(x, w, border_mode="half", num_groups=2),
    "e038": lambda x, w: conv.conv2d(x, w, border_mode="half", num_groups=2, subsample=(2, 2)),
    "e039": lambda x, w: conv.conv2d(x, w, border_mode="half", num_groups=2, filter_flip=False),
    "e040": lambda x, w: conv.conv2d(x, w, border_mode="full", num_groups=2),
    "e041": lambda x, w: conv.conv2d(x, w, border_mode="full", num_groups=2, subsample=(2, 2)),
    "e042": lambda x, w: conv.conv2d(x, w, border_mode="full", num_groups=2, filter_flip=False),
    "e043": lambda x, w: conv.conv2d(x, w, num_groups=4),
    "e044": lambda x, w: conv.conv2d(x, w, unshared=True),
    "e045": lambda x, w: conv.conv2d(x, w, input_shape=(2, 3, 7, 6), filter_shape=(4, 3, 3, 2)),
    "e046": lambda x, w: conv.conv2d(x, w, image_shape=(2, 3, 7, 6), filter_shape=(4, 3, 3, 2)),
    "e047": lambda x, w: conv.conv2d(x, w),
    "e048": lambda x, w: conv.conv2d(x, w, border_mode="half"),
    "e049": lambda x, w: conv.conv2d(x, w, border_mode="full"),
    "e050": lambda og, w: conv.conv2d_grad_wrt_inputs(
        og, w, input_shape=(2, 3, 5, 4), border_mode="valid", subsample=(1, 1)
    ),
    "e051": lambda x, og: conv.conv2d_grad_wrt_weights(
        x, og, filter_shape=(4, 3, 3, 2), border_mode="valid", subsample=(1, 1)
    ),
    "e052": lambda og, w: conv.conv2d_grad_wrt_inputs(
        og, w, input_shape=(2, 3, 7, 6), border_mode="valid", subsample=(2, 2)
    ),
    "e053": lambda x, og: conv.conv2d_grad_wrt_weights(
        x, og, filter_shape=(4, 3, 3, 2), border_mode="valid", subsample=(2, 2)
    ),
    "e054": lambda og, w: conv.conv2d_grad_wrt_inputs(
        og, w, input_shape=(2, 3, 8, 7), border_mode="valid", subsample=(2, 2)
    ),
    "e055": lambda x, og: conv.conv2d_grad_wrt_weights(
        x, og, filter_shape=(4, 3, 3, 2), border_mode="valid", subsample=(2, 2)
    ),
    "e056": lambda og, w: conv.conv2d_grad_wrt_inputs(
        og, w, input_shape=(2, 3, 6, 5), border_mode="half", subsample=(2, 2)
    ),
    "e057": lambda x, og: conv.conv2d_grad_wrt_weights(
        x, og, filter_shape=(4, 3, 3, 3), border_mode="half", subsample=(2, 2)
    ),
    "e058": lambda og, w: conv.conv2d_grad_wrt_inputs(
        og, w, input_shape=(2, 3, 1, 2), border_mode="full", subsample=(1, 1)
    ),
    "e059": lambda x, og: conv.conv2d_grad_wrt_weights(
        x, og, filter_shape=(4, 3, 3, 2), border_mode="full", subsample=(1, 1)
    ),
    "e060": lambda og, w: conv.conv2d_grad_wrt_inputs(
        og, w, input_shape=(2, 3, 5, 4), border_mode=(1, 0), subsample=(2, 1)
    ),
    "e061": lambda x, og: conv.conv2d_grad_wrt_weights(
        x, og, filter_shape=(4, 3, 3, 2), border_mode=(1, 0), subsample=(2, 1)
    ),
    "e062": lambda og, w: conv.conv2d_grad_wrt_inputs(
        og, w, input_shape=(2, 3, 2, 3), border_mode=((1, 2), (0, 1)), subsample=(1, 1)
    ),
    "e063": lambda x, og: conv.conv2d_grad_wrt_weights(
        x, og, filter_shape=(4, 3, 3, 2), border_mode=((1, 2), (0, 1)), subsample=(1, 1)
    ),
    "e064": lambda og, w: conv.conv2d_grad_wrt_inputs(
        og, w, input_shape=(2, 3, 9, 8), filter_dilation=(2, 2), filter_flip=False
    ),
    "e065": lambda x, w: conv.conv2d_transpose(
        x, w, output_shape=(2, 3, 7, 6), input_dilation=(2, 2)
    ),
    "e066": lambda x, d, p: conv.separable_conv2d(x, d, p, num_channels=3),
    "e067": lambda x, d, p: conv.separable_conv2d(
        x, d, p, num_channels=3, border_mode="half", subsample=(2, 2)
    ),
    "e068": lambda x, w: conv.causal_conv1d(x, w, filter_shape=(4, 3, 3)),
    "e069": lambda x, w: conv.causal_conv1d(
        x, w, filter_shape=(4, 3, 3), subsample=2, filter_dilation=2
    ),
    "e070": lambda x, w: conv.conv3d(x, w, border_mode="valid"),
    "e071": lambda x, w: conv.conv3d(x, w, border_mode="full"),
    "e072": lambda x, w: conv.conv3d(x, w, border_mode="half"),
    "e073": lambda x, w: conv.conv3d(x, w, border_mode=1),
    "e074": lambda x, w: conv.conv3d(x, w, border_mode=(1, 0, 2)),
    "e075": lambda x, w: conv.conv3d(x, w, subsample=(2, 1, 2)),
    "e076": lambda x, w: conv.conv3d(x, w, filter_flip=False, filter_dilation=(1, 2, 1)),
    "e077": lambda og, w: conv.conv3d_grad_wrt_inputs(
        og, w, input_shape=(2, 2, 4, 5, 4), subsample=(2, 1, 1)
    ),
    "e078": lambda x, og: conv.conv3d_grad_wrt_weights(
        x, og, filter_shape=(3, 2, 2, 3, 2), subsample=(2, 1, 1)
    ),
}


def golden(name):
    return ARRAYS[NAMES[name]]


@pytest.mark.parametrize("entry", EXPRESSIONS)
def test_conv_is_what_theano_computed(entry):
    code = EXPRESSIONS[entry].__code__
    names = code.co_varnames[: code.co_argcount]
    values = {name: golden(f"{entry}_in_{name}") for name in names}
    variables = {
        name: pt.tensor(name, dtype=value.dtype.name, shape=(None,) * value.ndim)
        for name, value in values.items()
    }
    output = EXPRESSIONS[entry](**variables)
    outputs, wanted = [output], [golden(f"{entry}_out")]
    if f"{entry}_cotangent" in NAMES:
        cost = (output * golden(f"{entry}_cotangent")).sum()
        outputs += pytensor.grad(cost, list(variables.values()))
        wanted += [golden(f"{entry}_grad_{name}") for name in names]
    f = compile_on("py", list(variables.values()), outputs)
    for got, right in zip(f(*values.values()), wanted, strict=True):
        assert got.dtype == right.dtype and got.shape == right.shape
        np.testing.assert_allclose(got, right, rtol=1e-10, atol=1e-12)


# name: (spatial axes, image, filters, properties of the Op)
CASES = {
    "strided": (
        2,
        (3, 2, 7, 6),
        (4, 2, 3, 2),
        {"border_mode": "half", "subsample": (2, 3)},
    ),
    "uneven": (
        2,
        (2, 3, 5, 6),
        (2, 3, 3, 3),
        {"border_mode": ((2, 0), (1, 3)), "filter_dilation": (1, 2), "filter_flip": False},
    ),
    "grouped": (
        2,
        (2, 4, 5, 4),
        (6, 2, 2, 3),
        {"border_mode": "full", "num_groups": 2, "subsample": (1, 2)},
    ),
    "unshared": (
        2,
        (2, 4, 5, 4),
        (2, 2, 2, 2, 2, 3),
        {"border_mode": (0, 1), "subsample": (2, 2), "num_groups": 2, "unshared": True},
    ),
    "one_axis": (
        1,
        (2, 2, 9),
        (3, 2, 3),
        {"border_mode": ((4, 0),), "filter_dilation": 2, "subsample": 2},
    ),
    "three_axes": (
        3,
        (2, 2, 4, 3, 5),
        (2, 1, 2, 2, 3),
        {"border_mode": (1, 0, 1), "subsample": (2, 1, 2), "num_groups": 2},
    ),
}


def by_hand(ndim, image, filters, output_grad, op):
    """Output and both gradients, one product at a time."""
    flip = op.filter_flip
    taps, nf = filters.shape[-ndim:], filters.shape[0] // op.num_groups
    nc = filters.shape[-ndim - 1]
    pads = op.paddings(taps)
    output, d_image, d_filters = (np.zeros_like(a) for a in (output_grad, image, filters))
    for place in np.ndindex(*output.shape[2:]):
        for tap in np.ndindex(*taps):
            at = tuple(
                y * s + t * d - left
                for y, t, s, d, (left, _) in zip(
                    place, tap, op.subsample, op.filter_dilation, pads, strict=True
                )
            )
            if any(not 0 <= i < n for i, n in zip(at, image.shape[2:], strict=True)):
                continue
            tap = tuple(k - 1 - t for k, t in zip(taps, tap, strict=True)) if flip else tap
            for f, c in np.ndindex(filters.shape[0], nc):
                channel = f // nf * nc + c
                where = (f, *(place if op.unshared else ()), c, *tap)
                for b in range(image.shape[0]):
                    output[(b, f, *place)] += image[(b, channel, *at)] * filters[where]
                    d_image[(b, channel, *at)] += output_grad[(b, f, *place)] * filters[where]
                    d_filters[where] += output_grad[(b, f, *place)] * image[(b, channel, *at)]
    return output, d_image, d_filters


def case(name, dtype="float64", seed=1):
    """Op, symbolic image and filters, their values, and those of a gradient by the output."""
    ndim, image_shape, filter_shape, properties = CASES[name]
    op = conv.Conv(ndim, **properties)
    rng = np.random.default_rng(seed)
    x_value, w_value = (rng.normal(size=s).astype(dtype) for s in (image_shape, filter_shape))
    x, w = (pt.tensor(n, shape=v.shape, dtype=dtype) for n, v in (("x", x_value), ("w", w_value)))
    g_value = rng.normal(size=op(x, w).type.shape).astype(dtype)
    return op, x, w, x_value, w_value, g_value


# Numba takes seconds to compile each.
FEWER = {"numba": ("grouped", "unshared")}


@pytest.mark.parametrize(
    ("backend", "name"),
    [(backend, name) for backend in BACKENDS for name in FEWER.get(backend, CASES)],
)
def test_conv_and_gradients_on_every_backend(backend, name):
    op, x, w, x_value, w_value, g_value = case(name)
    output = op(x, w)
    gradients = pytensor.grad(None, [x, w], known_grads={output: pt.constant(g_value)})
    f = compile_on(backend, [x, w], [output, *gradients])
    wanted = by_hand(op.ndim, x_value, w_value, g_value, op)
    for got, right in zip(f(x_value, w_value), wanted, strict=True):
        got = np.asarray(got)
        assert got.dtype == right.dtype and got.shape == right.shape
        np.testing.assert_allclose(got, right, rtol=1e-10, atol=1e-11)


BLOCKS = {
    "some images": (3, 2, 5),
    "part of a block": (19, 2, 5),
    "two blocks and a part": (37, 3, 2),
    "many channels": (33, 20, 38),
    "one channel": (33, 1, 35),
    "one filter": (20, 37, 1),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_conv_in_c_whatever_the_number_of_images_and_channels(name):
    """The C form has kernels for several sizes of tiles; one compiled function serves them all."""
    batch, channels, filters = BLOCKS[name]
    rng = np.random.default_rng(3)
    for dtype, precision in (("float64", 1e-11), ("float32", 2e-5)):
        op, f = c_function(dtype)
        x = rng.normal(size=(batch, channels, 5, 6)).astype(dtype)
        w = rng.normal(size=(filters, channels, 3, 2)).astype(dtype)
        g = rng.normal(size=(batch, filters, 3, 4)).astype(dtype)
        wanted = of_torch(op, *(a.astype("float64") for a in (x, w, g)))
        # Twice: the second call has the memory of the first.
        for got in (f(x, w, g), f(x[:, :, ::-1][:, :, ::-1], w, g)):
            for value, right in zip(got, wanted, strict=True):
                assert value.dtype == dtype
                np.testing.assert_allclose(value, right, rtol=precision, atol=20 * precision)


ONE_TAP = {
    "one image": (1, 1, 5, 7, (8, 8)),
    "places over": (5, 1, 20, 38, (14, 14)),
    "many places": (3, 1, 3, 12, (40, 30)),
    "a part of the batch": (37, 1, 37, 33, (16,)),
    "one channel": (9, 1, 1, 40, (8, 8)),
    "one filter": (9, 1, 70, 1, (8, 8)),
    "grouped": (9, 3, 17, 14, (3, 5, 9)),
    "too few places": (9, 1, 6, 5, (2, 3)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ONE_TAP)
def test_conv_of_one_tap_in_c(name, dtype):
    """Vectors of places: whole ones, a rest, and fewer than fill one."""
    batch, groups, channels, filters, image = ONE_TAP[name]
    precision = {"float32": 3e-5, "float64": 1e-11}[dtype]
    rng = np.random.default_rng(5)
    x = rng.normal(size=(batch, groups * channels, *image)).astype(dtype)
    w = rng.normal(size=(groups * filters, channels, *(1 for _ in image))).astype(dtype)
    g = rng.normal(size=(batch, groups * filters, *image)).astype(dtype)
    op = conv.Conv(len(image), num_groups=groups)
    variables = [pt.tensor(dtype=dtype, shape=(None,) * x.ndim) for _ in range(3)]
    output = op(*variables[:2])
    gradients = pytensor.grad(None, variables[:2], known_grads={output: variables[2]})
    f = compile_on("c", variables, [output, *gradients])
    wanted = of_torch(op, *(a.astype("float64") for a in (x, w, g)))
    scale = np.sqrt(g.size / w.shape[0])
    # Twice: the second call has the memory of the first.
    for got in (f(x, w, g), f(x, w, g)):
        for value, right in zip(got, wanted, strict=True):
            assert value.dtype == dtype
            np.testing.assert_allclose(value, right, rtol=precision, atol=precision * scale)


@functools.cache
def c_function(dtype):
    op = conv.Conv(2, ((1, 2), (1, 1)), (2, 2), (1, 1))
    x, w, g = (pt.tensor4(dtype=dtype) for _ in range(3))
    output = op(x, w)
    gradients = pytensor.grad(None, [x, w], known_grads={output: g})
    return op, compile_on("c", [x, w, g], [output, *gradients])


def of_torch(op, x, w, g):
    """Output and both gradients in PyTorch, which correlates."""
    torch = pytest.importorskip("torch")
    x_, w_ = (torch.tensor(a, requires_grad=True) for a in (x, w))
    filters = torch.flip(w_, tuple(range(-op.ndim, 0))) if op.filter_flip else w_
    pads = op.paddings(w.shape[-op.ndim :])
    padded = torch.nn.functional.pad(x_, [n for pair in reversed(pads) for n in pair])
    convolve = getattr(torch.nn.functional, f"conv{op.ndim}d")
    output = convolve(padded, filters, None, op.subsample, 0, op.filter_dilation, op.num_groups)
    gradients = torch.autograd.grad(output, [x_, w_], torch.tensor(g))
    return [t.detach().numpy() for t in (output, *gradients)]


def random_case(rng):
    """A convolution whose sizes fit, and values for it."""
    ndim = int(rng.integers(1, 4))
    groups = int(rng.integers(1, 3))
    taps = rng.integers(1, 4, ndim)
    modes = ["valid", "full", "half", int(rng.integers(0, 3))]
    modes.append(tuple((int(a), int(b)) for a, b in rng.integers(0, 3, (ndim, 2))))
    op = conv.Conv(
        ndim,
        modes[rng.integers(len(modes))],
        tuple(map(int, rng.integers(1, 4, ndim))),
        tuple(map(int, rng.integers(1, 3, ndim))),
        bool(rng.integers(2)),
        groups,
    )
    image = tuple(map(int, rng.integers(5, 8, ndim)))
    c, f = (int(n) for n in rng.integers(1, 4, 2))
    x = rng.normal(size=(int(rng.integers(1, 4)), c * groups, *image))
    w = rng.normal(size=(f * groups, c, *taps))
    g = rng.normal(size=(x.shape[0], w.shape[0], *op.output_sizes(image, taps.tolist())))
    return op, x, w, g


@pytest.mark.parametrize("backend", ["py", "c"])
def test_conv_is_what_torch_computes(backend):
    rng = np.random.default_rng(11)
    for _ in range(40 if backend == "py" else 12):
        op, *values = random_case(rng)
        x, w, g = (pt.tensor(dtype="float64", shape=(None,) * v.ndim) for v in values)
        output = op(x, w)
        outputs = [output, *pytensor.grad(None, [x, w], known_grads={output: g})]
        f = compile_on(backend, [x, w, g], outputs)
        for got, right in zip(f(*values), of_torch(op, *values), strict=True):
            np.testing.assert_allclose(got, right, rtol=1e-9, atol=1e-10, err_msg=str(op))


def case_of_few_channels(rng, groups, image, channels=None):
    """As :func:`random_case`, of a batch that fills vectors, with few channels and many filters.

    With `channels`, as many as still count as few, taps are 3 along each axis.
    """
    ndim = len(image)
    taps = (3,) * ndim if channels else tuple(map(int, rng.integers(1, 4, ndim)))
    modes = ["valid", "full", "half", 1]
    modes.append(tuple((int(a), int(b)) for a, b in rng.integers(0, 3, (ndim, 2))))
    properties = [tuple(map(int, rng.integers(1, 4, ndim))), tuple(map(int, rng.integers(1, 3, ndim)))]
    flip = bool(rng.integers(2))
    op = conv.Conv(ndim, modes[rng.integers(len(modes))], *properties, flip, groups)
    c, f = channels or int(rng.integers(1, 4)), int(rng.integers(17 if channels else 9, 40))
    x = rng.normal(size=(int(rng.integers(8, 40)), c * groups, *image))
    w = rng.normal(size=(f * groups, c, *taps))
    g = rng.normal(size=(x.shape[0], w.shape[0], *op.output_sizes(image, taps)))
    return op, x, w, g


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("image", [(300,), (7, 9), (19, 23), (5, 150), (5, 6, 5)])
def test_gradient_by_filters_of_few_channels_is_that_of_torch(image, dtype):
    """Patches: lines longer than a block of places, blocks of several lines, and of several images."""
    precision = {"float32": 3e-5, "float64": 1e-11}[dtype]
    rng = np.random.default_rng(7)
    for trial in range(8):
        channels = {"float32": 32, "float64": 16}[dtype] if trial == 7 else None
        op, x, w, g = case_of_few_channels(rng, 1 + trial % 2, image, channels)
        variables = [pt.tensor(dtype=dtype, shape=(None,) * x.ndim) for _ in range(2)]
        gradient = op.relative(conv.ConvGradWeights)(*variables, *w.shape[2:])
        f = compile_on("c", variables, gradient)
        x, g = x.astype(dtype), g.astype(dtype)
        right = of_torch(op, *(a.astype("float64") for a in (x, w, g)))[2]
        scale = np.sqrt(g.size / w.shape[0])
        # Twice: the second call has the memory of the first.
        for got in (f(x, g), f(x, g)):
            assert got.dtype == dtype
            np.testing.assert_allclose(got, right, rtol=precision, atol=precision * scale, err_msg=str(op))


@pytest.mark.parametrize("name", ["uneven", "grouped", "unshared", "one_axis"])
def test_gradients_of_gradients(name):
    """The three Ops are linear in each input: central differences are exact but for rounding."""
    op, _, _, x, w, g = case(name)
    nd = op.ndim
    calls = [
        (op, [x, w]),
        (lambda w, g: op.relative(conv.ConvGradInputs)(w, g, *x.shape[2:]), [w, g]),
        (lambda x, g: op.relative(conv.ConvGradWeights)(x, g, *w.shape[-nd:]), [x, g]),
    ]
    for call, values in calls:
        verify_grad(call, values, rng=np.random.default_rng(0), mode=mode_of("py"))


def test_double_backward_is_that_of_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    x_value, w_value = rng.normal(size=(2, 3, 6, 5)), rng.normal(size=(4, 3, 3, 3))
    x, w = pt.tensor4("x", dtype="float64"), pt.tensor4("w", dtype="float64")
    cost = (conv.conv2d(x, w, border_mode=1, subsample=(2, 1), filter_flip=False) ** 3).sum()
    penalty = (pytensor.grad(cost, x) ** 2).sum() + (pytensor.grad(cost, w) ** 2).sum()
    got = compile_on("py", [x, w], pytensor.grad(penalty, [x, w]))(x_value, w_value)
    a, b = (torch.tensor(v, requires_grad=True) for v in (x_value, w_value))
    cost = (torch.nn.functional.conv2d(a, b, None, (2, 1), 1) ** 3).sum()
    first = torch.autograd.grad(cost, [a, b], create_graph=True)
    wanted = torch.autograd.grad(sum((part**2).sum() for part in first), [a, b])
    for value, right in zip(got, wanted, strict=True):
        np.testing.assert_allclose(value, right.numpy(), rtol=1e-9)


def test_forward_mode():
    """Rop, which Hessian-vector products use, is linear in each tangent."""
    op, x, w, x_value, w_value, _ = case("strided")
    dx, dw = x.type(), w.type()
    pushed = pytensor.gradient.Rop(op(x, w), [x, w], [dx, dw])
    rng = np.random.default_rng(0)
    tangents = rng.normal(size=x_value.shape), rng.normal(size=w_value.shape)
    got = compile_on("py", [x, w, dx, dw], pushed)(x_value, w_value, *tangents)
    f = compile_on("py", [x, w], op(x, w))
    step = 1e-3
    ahead = f(x_value + step * tangents[0], w_value + step * tangents[1])
    behind = f(x_value - step * tangents[0], w_value - step * tangents[1])
    np.testing.assert_allclose(got, (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-9)


def test_static_shapes_and_shapes_without_computing():
    x = pt.tensor4("x", dtype="float32", shape=(None, 3, 28, 27))
    w = pt.tensor4("w", dtype="float32", shape=(8, 3, 5, 4))
    y = conv.conv2d(x, w, border_mode="half", subsample=(2, 3))
    assert y.type.shape == (None, 8, 14, 10) and y.dtype == "float32"
    gradients = pytensor.grad(y.sum(dtype="float32"), [x, w])
    assert [g.type.shape for g in gradients] == [(None, 3, 28, 27), (8, 3, 5, 4)]
    assert all(g.dtype == "float32" for g in gradients)
    x, w = pt.tensor4("x", dtype="float32"), pt.tensor4("w", dtype="float32")
    known = conv.conv2d(x, w, input_shape=(16, None, 9, 9), filter_shape=(4, 2, 3, 3))
    assert known.type.shape == (16, 4, 7, 7)
    y = conv.conv2d(x, w, border_mode=((1, 2), (0, 3)), filter_dilation=(2, 1))
    back = conv.conv2d_transpose(y, w, (None, None, x.shape[2], 10), border_mode=((1, 2), (0, 3)))
    f = compile_on("py", [x, w], [y.shape, back.shape])
    nodes = f.maker.fgraph.apply_nodes
    assert not any(isinstance(n.op, conv.Conv | conv.ConvGradInputs) for n in nodes)
    y_shape, back_shape = f(np.zeros((2, 3, 9, 8), "float32"), np.zeros((5, 3, 3, 2), "float32"))
    assert y_shape.tolist() == [2, 5, 8, 10] and back_shape.tolist() == [2, 3, 9, 10]


def test_shape_helpers_agree_with_theano():
    """Values of Theano 1.0.5's own documentation of these functions: None where ambiguous."""
    shape = conv.get_conv_output_shape((8, 3, 9, None), (4, 3, 3, 3), "half", (2, 1), (2, 1))
    assert shape == (8, 4, 5, None)
    assert conv.get_conv_shape_1axis(10, 3, (1, 2), 2) == 6
    shape = conv.get_conv_gradinputs_shape((4, 3, 3, 3), (8, 4, 7, 3), "valid", (1, 2), None, 2)
    assert shape == (8, 6, 9, None)
    shape = conv.get_conv_gradweights_shape((8, 6, 9, 9), (8, 4, 7, 5), (0, 0), (1, 1), (1, 2), 2)
    assert shape == (4, 3, 3, 3)
    shape = conv.get_conv_gradweights_shape((8, 6, 9), (8, 4, 11), "full", (1,), None, 1, True)
    assert shape == (4, 11, 6, 3)


@pytest.mark.parametrize("backend", ["py", "c", "jax"])
def test_shapes_that_cannot_work_are_named_when_they_come(backend):
    x, w = pt.tensor4("x", dtype="float64"), pt.tensor4("w", dtype="float64")
    f = compile_on(backend, [x, w], conv.conv2d(x, w))
    with pytest.raises(ShapeError, match="larger image"):
        f(np.zeros((2, 3, 4, 4)), np.zeros((2, 3, 5, 3)))
    with pytest.raises(ShapeError, match="channels / num_groups"):
        f(np.zeros((2, 3, 4, 4)), np.zeros((2, 2, 3, 3)))
    g = pt.tensor4("g", dtype="float64")
    f = compile_on(backend, [w, g], conv.conv2d_grad_wrt_inputs(g, w, (None, None, 9, 9)))
    with pytest.raises(ShapeError, match="this output came from"):
        f(np.zeros((2, 3, 3, 3)), np.zeros((2, 2, 6, 7)))
    if backend == "c":  # and the state is as before
        assert f(np.ones((2, 3, 3, 3)), np.ones((2, 2, 7, 7))).sum() == 2 * 3 * 2 * 9 * 49


def test_empty_arrays_give_empty_or_zero():
    x, w = pt.tensor4("x", dtype="float64"), pt.tensor4("w", dtype="float64")
    y = conv.conv2d(x, w)
    gradients = pytensor.grad(y.sum(), [x, w])
    for backend in ("py", "c"):
        f = compile_on(backend, [x, w], [y, *gradients])
        out, dx, dw = f(np.zeros((0, 3, 4, 4)), np.ones((2, 3, 3, 3)))
        assert out.shape == (0, 2, 2, 2) and dx.shape == (0, 3, 4, 4)
        np.testing.assert_array_equal(dw, np.zeros((2, 3, 3, 3)))
        out, _, dw = f(np.zeros((2, 0, 4, 4)), np.ones((2, 0, 3, 3)))
        np.testing.assert_array_equal(out, np.zeros((2, 2, 2, 2)))
        assert dw.shape == (2, 0, 3, 3)


X, W = pt.tensor4("x", dtype="float32"), pt.tensor4("w", dtype="float32")
SMALL = pt.tensor4("x", dtype="float32", shape=(2, 3, 4, 4))


@pytest.mark.parametrize(
    ("make", "error", "remedy"),
    [
        (lambda: conv.conv2d(X, W, border_mode="same"), RangeError, "negative padding"),
        (lambda: conv.conv2d(X, W, border_mode=-1), RangeError, "negative padding"),
        (lambda: conv.conv2d(X, W, border_mode=(1, 2, 3)), RangeError, "negative padding"),
        (lambda: conv.conv2d(X, W, subsample=(0, 1)), RangeError, "stride"),
        (lambda: conv.conv2d(X, W, filter_dilation=1.5), RangeError, "dilation"),
        (lambda: conv.conv2d(X, W, num_groups=0), RangeError, "one group"),
        (lambda: conv.conv2d(X[0], W), ShapeError, "(batch, channels, *spatial)"),
        (lambda: conv.conv2d(pt.itensor4(), W), DtypeError, "astype"),
        (lambda: conv.conv2d(SMALL, np.ones((2, 3, 5, 5), "f")), ShapeError, "larger image"),
        (lambda: conv.conv2d(SMALL, np.ones((2, 2, 3, 3), "f")), ShapeError, "num_groups"),
        (lambda: conv.conv2d(SMALL, W, input_shape=(2, 3, 5, 5)), ShapeError, "Leave it out"),
        (lambda: conv.conv2d(X, W, input_shape=(1, 2)), ShapeError, "None"),
        (lambda: conv.conv2d(X, W, (1, 2, 3, 4), image_shape=(1, 2, 3, 4)), SettingsError, "one"),
        (lambda: conv.conv2d_grad_wrt_inputs(X, W, (1, 2, None, 4)), ShapeError, "be said"),
        (lambda: conv.conv2d_grad_wrt_weights(X, X, None), ShapeError, "be said"),
        (lambda: conv.causal_conv1d(X[0], W[0], (1, 2, X.shape[0])), ShapeError, "as an int"),
        (lambda: conv.separable_conv2d(X, W, W, X.shape[1]), RangeError, "built"),
        (lambda: conv.separable_conv2d(SMALL, W, SMALL, 3), ShapeError, "larger ones"),
    ],
)
def test_bad_input_is_a_named_error(make, error, remedy):
    with pytest.raises(error) as caught:
        make()
    assert remedy in str(caught.value)


def test_jax_says_which_size_it_has_to_know():
    pytest.importorskip("jax")
    n, g, w = pt.lscalar("n"), pt.tensor4("g", dtype="float64"), pt.tensor4("w", dtype="float64")
    values = np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3))
    image = conv.conv2d_transpose(g, w, (None, None, n * n, 4))
    assert compile_on("jax", [g, w, n], image)(*values, 2).shape == (1, 1, 4, 4)
    with pytest.raises(BackendError, match="as an int"):
        size = pt.cast(g.sum(), "int64")
        compile_on("jax", [g, w], conv.conv2d_transpose(g, w, (None, None, size, 4)))(*values)


@pytest.mark.parametrize(("dtype", "apart"), [("float32", 0), ("float64", 3)])
def test_jax_computes_convolutions_of_float64_apart(dtype, apart):
    """A GPU's library would be told a number behind one in float32; see also ``tests/backends/test_gpu.py``."""
    jax = pytest.importorskip("jax")
    x, w = pt.tensor4("x", dtype=dtype), pt.tensor4("w", dtype=dtype)
    y = conv.conv2d(x, w)
    f = compile_on("jax", [x, w], [y, *pytensor.grad((y**2).sum(), [x, w])])
    values = np.ones((2, 1, 4, 4), dtype), np.ones((3, 1, 2, 2), dtype)
    with f.vm._context():
        assert str(jax.make_jaxpr(f.vm.function)(*values)).count("optimization_barrier") == apart


THREADS = """
import hashlib, os, sys
import numpy as np, pytensor, pytensor.tensor as pt
from symgen.backends import select
from symgen.ops import conv

x, *others = (pt.tensor4(dtype="float64") for _ in range(5))
outputs = []
for op, w, g in zip((conv.Conv(2, "half", (1, 2)), conv.Conv(2)), others[::2], others[1::2]):
    y = op(x, w)
    outputs += [y, *pytensor.grad(None, [x, w], known_grads={y: g})]
f = pytensor.function([x, *others], outputs, mode=select("c"))
rng = np.random.default_rng(0)
shapes = (40, 6, 9, 8), (20, 6, 3, 3), (40, 20, 9, 4), (20, 6, 1, 1), (40, 20, 9, 8)
values = [rng.normal(size=s) for s in shapes]

def digest():
    return hashlib.sha256(b"".join(np.ascontiguousarray(v).tobytes() for v in f(*values))).hexdigest()

print(digest(), len(os.listdir("/proc/self/task")), flush=True)
child = os.fork()
if child == 0:
    print(digest(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
def test_threads_change_no_bit_and_survive_a_fork():
    digests, threads = set(), []
    for count in ("1", "2"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": count}
        answer = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", THREADS],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            env=environment,
        )
        parent, child = answer.stdout.splitlines()
        digests |= {parent.split()[0], child}
        threads.append(int(parent.split()[1]))
    assert len(digests) == 1
    if len(os.sched_getaffinity(0)) > 1:
        assert threads[1] > threads[0]
