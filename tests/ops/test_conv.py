"""Convolutions against Theano's recorded values, PyTorch, and each other's backends."""

import json
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen.ops import conv
from compile_on import BACKENDS, compile_on

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


def compiled_py(inputs, outputs):
    return pytensor.function(inputs, outputs, mode="FAST_COMPILE", on_unused_input="ignore")


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
    with pytensor.config.change_flags(cxx=""):
        f = compiled_py(list(variables.values()), outputs)
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


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("backend", BACKENDS)
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
