"""The modules of ``theano.tensor.nnet`` and ``signal`` against recordings of Theano 1.0.5."""

from pathlib import Path

import numpy as np
import pytest

import symgen.theano.tensor as T
from symgen import backends, theano
from symgen.errors import (
    DtypeError,
    NotSupportedError,
    RangeError,
    SettingsError,
    ShapeError,
)
from symgen.ops.conv import Conv
from symgen.theano.tensor import nnet
from symgen.theano.tensor.nnet import (
    abstract_conv,
    blocksparse,
    bn,
    conv,
    conv3d2d,
    corr,
    corr3d,
    neighbours,
)
from symgen.theano.tensor.nnet.Conv3D import conv3D
from symgen.theano.tensor.signal import conv as signal_conv
from symgen.theano.tensor.signal import pool

GOLDEN = np.load(Path(__file__).resolve().parents[1] / "data" / "theano_nnet_paths_golden.npz")
RNG = np.random.default_rng(5)

# Entry of the recording -> the expression that Theano computed.
EXPRESSIONS = {
    "e000": lambda x, w: nnet.conv2d(x, w),
    "e034": lambda x, w: nnet.conv2d(x, w, num_groups=2),
    "e044": lambda x, w: nnet.conv2d(x, w, unshared=True),
    "e050": lambda og, w: abstract_conv.conv2d_grad_wrt_inputs(og, w, (2, 3, 5, 4)),
    "e051": lambda x, og: abstract_conv.conv2d_grad_wrt_weights(x, og, (4, 3, 3, 2)),
    "e065": lambda x, w: nnet.conv2d_transpose(x, w, (2, 3, 7, 6), input_dilation=(2, 2)),
    "e066": lambda x, d, p: nnet.separable_conv2d(x, d, p, 3),
    "e068": lambda x, w: abstract_conv.causal_conv1d(x, w, (4, 3, 3)),
    "e070": lambda x, w: nnet.conv3d(x, w),
    "e077": lambda og, w: abstract_conv.conv3d_grad_wrt_inputs(
        og, w, (2, 2, 4, 5, 4), subsample=(2, 1, 1)
    ),
    "e078": lambda x, og: abstract_conv.conv3d_grad_wrt_weights(
        x, og, (3, 2, 2, 3, 2), subsample=(2, 1, 1)
    ),
    "e079": lambda x, w: conv3d2d.conv3d(x, w),
    "e080": lambda x, w: conv3d2d.conv3d(x, w, border_mode="full"),
    "e081": lambda x: abstract_conv.bilinear_upsampling(x, 2),
    "e095": lambda x, w: conv.conv2d(x, w),
    "e096": lambda x, w: conv.conv2d(x, w, border_mode="full", subsample=(2, 2)),
    **{f"e{n:03}": lambda x, w: signal_conv.conv2d(x, w) for n in range(97, 101)},
    **{f"e{n}": lambda x, w: signal_conv.conv2d(x, w, border_mode="full") for n in range(101, 105)},
    "e105": lambda x: pool.pool_2d(x, (2, 2), ignore_border=True),
    "e169": lambda x: pool.max_pool_2d_same_size(x, (2, 2)),
    "e171": lambda x: pool.pool_3d(x, (2, 2, 2), ignore_border=True),
    "e180": lambda x: neighbours.images2neibs(x, (2, 2)),
    "e193": lambda n: neighbours.neibs2images(n, (2, 2), (2, 2, 6, 6)),
    # Theano dropped what the mean and the deviation contribute to a gradient: so the first alone.
    "e198": lambda x, gamma, beta: bn.batch_normalization_train(x, gamma, beta, "spatial")[0],
    "e209": lambda x, gamma, beta, mean, var: bn.batch_normalization_test(
        x, gamma, beta, mean, var, "spatial"
    ),
    "e211": lambda x, gamma, beta, mean, std: nnet.batch_normalization(
        x, gamma, beta, mean, std, mode="high_mem"
    ),
    "e218": lambda x: nnet.softmax_graph(x),
    "e219": lambda x, b: nnet.softmax_with_bias(x, b),
    "e220": lambda dy, sm: nnet.softmax_grad(dy, sm),
    "e226": lambda x, y: nnet.crossentropy_softmax_1hot(x, y),
    "e227": lambda x, b, y: nnet.crossentropy_softmax_1hot_with_bias(x, b, y),
    "e228": lambda x, b, y: nnet.crossentropy_softmax_argmax_1hot_with_bias(x, b, y),
    "e229": lambda x, y: nnet.crossentropy_softmax_max_and_argmax_1hot(x, y),
    "e230": lambda x, b, y: nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias(x, b, y),
    "e232": lambda g, p, y: nnet.crossentropy_categorical_1hot_grad(g, p, y),
    "e233": lambda dy, sm, y: nnet.crossentropy_softmax_1hot_with_bias_dx(dy, sm, y),
    "e234": lambda a, p: nnet.confusion_matrix(a, p),
    "e235": lambda a, p: nnet.confusion_matrix(a, p),
    "e236": lambda s, x: nnet.prepend_scalar_to_each_row(s, x),
    "e237": lambda x: nnet.prepend_0_to_each_row(x),
    "e238": lambda x: nnet.prepend_1_to_each_row(x),
    "e251": lambda x, W1, b1, W2, b2: nnet.h_softmax(x, 4, 6, 3, 2, W1, b1, W2, b2),
    "e252": lambda x, W1, b1, W2, b2, t: nnet.h_softmax(x, 4, 6, 3, 2, W1, b1, W2, b2, t),
    "e253": lambda x, W1, b1, W2, b2: nnet.h_softmax(x, 4, 5, 3, 2, W1, b1, W2, b2),
    "e254": lambda W, h, iI, b, oI: blocksparse.sparse_block_dot(W, h, iI, b, oI),
}


def compiled(inputs, outputs, **kwargs):
    return theano.function(inputs, outputs, mode="FAST_COMPILE", **kwargs)


@pytest.mark.filterwarnings("ignore:theano.tensor.nnet.conv.conv2d is deprecated")
@pytest.mark.parametrize("entry", EXPRESSIONS)
def test_paths_are_what_theano_computed(entry):
    code = EXPRESSIONS[entry].__code__
    names = code.co_varnames[: code.co_argcount]
    values = {name: GOLDEN[f"{entry}_in_{name}"] for name in names}
    variables = {}
    for name, value in values.items():
        ones = tuple(length == 1 for length in value.shape)  # parameters that are broadcast
        variables[name] = T.tensor(value.dtype.name, ones)
    outputs = EXPRESSIONS[entry](**variables)
    outputs = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    wanted = [GOLDEN[f"{entry}_out{k}"] for k in range(len(outputs))]
    costs = [
        (output * GOLDEN[f"{entry}_cot{k}"]).sum()
        for k, output in enumerate(outputs)
        if f"{entry}_cot{k}" in GOLDEN
    ]
    grads = [name for name in names if f"{entry}_grad_{name}" in GOLDEN]
    if grads:
        outputs += theano.grad(sum(costs), [variables[name] for name in grads])
        wanted += [GOLDEN[f"{entry}_grad_{name}"] for name in grads]
    found = compiled(list(variables.values()), outputs)(*values.values())
    for got, right in zip(found, wanted, strict=True):
        assert got.dtype == right.dtype and got.shape == right.shape
        np.testing.assert_allclose(got, right, rtol=1e-9, atol=1e-12)


LOGITS = np.array([[1000.0, 0.0, -1000.0], [1000.0, 0.0, -1000.0], [3.0, 4.0, 5.0]])
TRUE = np.array([2, 0, 1], "int32")
LOSS = [2000.0, 0.0, 1 + np.log(np.exp([-1.0, 0.0, 1.0]).sum()) - 1]
SOFTMAX = np.exp(LOGITS - LOGITS.max(1, keepdims=True))
SOFTMAX /= SOFTMAX.sum(1, keepdims=True)
SLOPE = SOFTMAX - np.eye(3)[TRUE]


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "py"])
def test_cross_entropy_and_its_gradient_are_exact_far_out(mode):
    x, y, one_hot = T.dmatrix(), T.ivector(), T.dmatrix()
    p = nnet.softmax(x)
    rows = T.arange(y.shape[0])
    losses = [
        nnet.categorical_crossentropy(p, y),
        nnet.categorical_crossentropy(p, one_hot),
        nnet.crossentropy_softmax_1hot(x, y)[0],
        -T.log(p)[rows, y],
        -T.log(p[rows, y]),
    ]
    grads = [theano.grad(loss.sum(), x) for loss in losses]
    weighted = theano.grad((losses[0] * T.constant([2.0, 3.0, 0.5])).mean(), x)
    mode = theano.Mode("py", "fast_run") if mode == "py" else mode
    f = theano.function([x, y, one_hot], [*losses, *grads, weighted], mode=mode)
    with np.errstate(all="ignore"):
        *found, last = f(LOGITS, TRUE, np.eye(3)[TRUE])
    for loss in found[:5]:
        np.testing.assert_allclose(loss, LOSS, rtol=1e-12, atol=1e-300)
    for grad in found[5:]:
        np.testing.assert_allclose(grad, SLOPE, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(last, SLOPE * np.array([[2.0], [3.0], [0.5]]) / 3, atol=1e-300)


def test_log_softmax_of_log_and_softmax_in_every_mode():
    x = T.dmatrix()
    for mode in ("FAST_COMPILE", theano.Mode("py", "fast_run")):
        found = theano.function([x], T.log(nnet.softmax(x)), mode=mode)(LOGITS[:1])
        np.testing.assert_array_equal(found, [[0.0, -1000.0, -2000.0]])


def test_ops_are_recognised_in_graphs():
    x, w = T.ftensor4(), T.ftensor4()
    node = nnet.conv2d(x, w).owner
    assert isinstance(node.op, abstract_conv.AbstractConv2d)
    assert isinstance(node.op, abstract_conv.AbstractConv) and isinstance(node.op, nnet.ConvOp)
    assert not isinstance(node.op, abstract_conv.AbstractConv3d)
    assert not isinstance(node.op, abstract_conv.AbstractConv2d_gradInputs)
    assert not isinstance(node.op, corr.CorrMM)
    assert isinstance(corr.CorrMM()(x, w).owner.op, corr.CorrMM)
    rows = T.fmatrix()
    assert isinstance(nnet.softmax(rows).owner.op, nnet.Softmax)
    assert isinstance(nnet.logsoftmax(rows).owner.op, nnet.LogSoftmax)
    assert not isinstance(nnet.softmax(rows).owner.op, nnet.LogSoftmax)
    pooled = pool.pool_2d(x, (2, 2), ignore_border=True)
    assert isinstance(pooled.owner.op, pool.Pool)
    assert isinstance(theano.grad(pooled.sum(), x).owner.op, pool.PoolGrad)
    assert abstract_conv.AbstractConv2d(subsample=(2, 2)) == abstract_conv.AbstractConv2d(
        subsample=(2, 2)
    )


def test_abstract_ops_are_the_functions():
    x, w, g = T.dtensor4(), T.dtensor4(), T.dtensor4()
    same = [
        (
            abstract_conv.AbstractConv2d((2, 3, 7, 6), (4, 3, 3, 2), "half", (2, 1))(x, w),
            nnet.conv2d(x, w, border_mode="half", subsample=(2, 1)),
        ),
        (
            abstract_conv.AbstractConv2d_gradWeights(None, None, "half", (2, 1))(x, g, w.shape[2:]),
            theano.grad(None, w, known_grads={nnet.conv2d(x, w, None, None, "half", (2, 1)): g}),
        ),
        (
            abstract_conv.AbstractConv2d_gradInputs(None, None, "half", (2, 1))(w, g, x.shape[2:]),
            theano.grad(None, x, known_grads={nnet.conv2d(x, w, None, None, "half", (2, 1)): g}),
        ),
        (corr.CorrMM((1, 0))(x, w), nnet.conv2d(x, w, border_mode=(1, 0), filter_flip=False)),
        (
            corr.CorrMM_gradInputs("half", (2, 1))(w, g, (7, 6)),
            abstract_conv.AbstractConv2d_gradInputs(None, None, "half", (2, 1), False)(w, g, (7, 6)),
        ),
    ]
    f = compiled([x, w, g], [v for pair in same for v in pair])
    X, W, G = (RNG.normal(size=s) for s in ((2, 3, 7, 6), (4, 3, 3, 2), (2, 4, 4, 7)))
    found = f(X, W, G)
    for left, right in zip(found[::2], found[1::2], strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-12)


def test_correlations_find_the_shape_of_a_gradient():
    x, w = RNG.normal(size=(1, 2, 5, 6)), RNG.normal(size=(3, 2, 2, 3))
    g = RNG.normal(size=(1, 3, 4, 4))
    by_x = corr.CorrMM_gradInputs()(T.constant(w), T.constant(g)).eval()
    by_w = corr.CorrMM_gradWeights()(T.constant(x), T.constant(g)).eval()
    assert by_x.shape == x.shape and by_w.shape == w.shape
    with pytest.raises(RangeError, match="shape"):
        corr.CorrMM_gradInputs(subsample=(2, 2))(T.dtensor4(), T.dtensor4())
    volume = corr3d.Corr3dMM()(T.constant(x[..., None]), T.constant(w[..., None])).eval()
    np.testing.assert_allclose(volume[..., 0], corr.CorrMM()(T.constant(x), T.constant(w)).eval())


def test_shapes_of_convolutions():
    shape = abstract_conv.get_conv_output_shape
    assert shape((3, 2, 12, 9), (4, 2, 5, 6), "half", (1, 2), (2, 1)) == (3, 4, 12, 5)
    assert shape((3, 2, 12, None), (4, 2, 5, 6), ((1, 0), 2), (1, 2)) == (3, 4, 9, None)
    assert abstract_conv.border_mode_to_pad("half", 2, (5, 4)) == ((2, 2), (2, 2))
    assert abstract_conv.border_mode_to_pad((1, (2, 3)), 2, (5, 4)) == ((1, 1), (2, 3))
    check = abstract_conv.check_conv_gradinputs_shape
    assert check((1, 1, 5, 5), (1, 1, 2, 2), (1, 1, 4, None), "valid", (1, 1))
    assert not check((1, 1, 5, 5), (1, 1, 2, 2), (1, 1, 3, 4), "valid", (1, 1))
    n = T.iscalar()
    sizes = abstract_conv.assert_conv_shape((n, 1, n, 2))
    f = compiled([n], list(map(T.as_tensor_variable, sizes)))
    assert [int(v) for v in f(3)] == [3, 1, 3, 2]
    with pytest.raises(AssertionError, match="dim"):
        f(0)
    with pytest.raises(ShapeError, match="axis 2"):
        abstract_conv.assert_conv_shape((1, 1, 0, 1))


def test_given_shapes_are_checked_when_the_function_runs():
    x, w = T.dtensor4(), T.dtensor4()
    new = compiled([x, w], nnet.conv2d(x, w, (2, 1, 4, 4), (1, 1, 2, 2)))
    with pytest.warns(UserWarning, match="deprecated"):
        old = compiled([x, w], conv.conv2d(x, w, (2, 1, 4, 4), (1, 1, 2, 2)))
    assert new(np.ones((2, 1, 4, 4)), np.ones((1, 1, 2, 2))).shape == (2, 1, 3, 3)
    with pytest.raises(AssertionError):
        new(np.ones((3, 1, 4, 4)), np.ones((1, 1, 2, 2)))
    with pytest.raises(ValueError, match="images"):
        old(np.ones((3, 1, 4, 4)), np.ones((1, 1, 2, 2)))
    with pytest.raises(AssertionError, match="filters for 1 channels"), pytest.warns(UserWarning):
        conv.conv2d(x, w, (2, 1, 4, 4), (1, 3, 2, 2))


def test_hints_and_arguments_of_convolutions():
    x, w = T.ftensor4(), T.ftensor4()
    with pytest.warns(UserWarning, match="unroll_batch"):
        nnet.conv2d(x, w, unroll_batch=4)
    with pytest.raises(TypeError, match="bordermode"):
        nnet.conv2d(x, w, bordermode="full")
    with pytest.raises(NotSupportedError, match="imshp_logical"):
        nnet.conv2d(x, w, imshp_logical=(1, 8, 8))
    with pytest.raises(RangeError, match="half"):
        conv.ConvOp(output_mode="half")
    with pytest.raises(SettingsError, match="unroll_batch"):
        conv.ConvOp(bsize=5, unroll_batch=2)
    with pytest.raises(SettingsError, match="image_shape"), pytest.warns(UserWarning):
        nnet.conv2d(x, w, input_shape=(1, 1, 4, 4), image_shape=(1, 1, 4, 4))
    assert conv.ConvOp.getOutputShape((28, 28), (5, 5), (2, 1), "full") == (16, 32)


def test_conv3d_of_films_with_a_border_mode_for_each_axis():
    x, w = T.dtensor5(), T.dtensor5()
    f = compiled([x, w], conv3d2d.conv3d(x, w, border_mode=("full", "half", "valid")))
    X, W = RNG.normal(size=(2, 4, 3, 5, 6)), RNG.normal(size=(2, 2, 3, 3, 2))
    moved = np.pad(X, [(0, 0), (1, 1), (0, 0), (1, 1), (0, 0)])
    wanted = np.zeros((2, 5, 2, 5, 5))
    for t, i, j in np.ndindex(5, 5, 5):
        window = moved[:, t : t + 2, :, i : i + 3, j : j + 2]
        wanted[:, t, :, i, j] = np.einsum(
            "ntcij,ftcij->nf", window, W[:, ::-1, :, ::-1, ::-1]
        )
    np.testing.assert_allclose(f(X, W), wanted, rtol=1e-10, atol=1e-12)


def test_stripe_along_a_diagonal():
    x = T.dtensor3()
    stripe = conv3d2d.diagonal_subtensor(x, 0, 2)
    f = compiled([x], [stripe, theano.grad((stripe**2).sum(), x)])
    X = np.arange(7 * 2 * 4.0).reshape(7, 2, 4)
    found, grad = f(X)
    assert found.shape == (4, 2, 4)
    wanted, back = np.zeros((4, 2, 4)), np.zeros_like(X)
    for r, m, c in np.ndindex(4, 2, 4):
        wanted[r, m, c] = X[r + 3 - c, m, c]
        back[r + 3 - c, m, c] += 2 * X[r + 3 - c, m, c]
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(grad, back)
    np.testing.assert_array_equal(conv3d2d.get_diagonal_subtensor_view(X, 0, 2), wanted)
    added = compiled([x], conv3d2d.inc_diagonal_subtensor(x, 0, 2, stripe))(X)
    np.testing.assert_array_equal(added, X + back / 2)
    with pytest.raises(NotImplementedError, match="at least as long"):
        conv3d2d.get_diagonal_subtensor_view(X, 1, 2)


def test_correlation_of_volumes_with_channels_last():
    v, w, b = T.dtensor5(), T.dtensor5(), T.dvector()
    f = compiled([v, w, b], conv3D(v, w, b, (2, 1, 1)))
    V, W, B = RNG.normal(size=(1, 4, 3, 3, 2)), RNG.normal(size=(2, 2, 2, 1, 2)), np.array([1.0, 2])
    found = f(V, W, B)
    assert found.shape == (1, 2, 2, 3, 2)
    for r, c, t, j in np.ndindex(2, 2, 3, 2):
        window = V[0, 2 * r : 2 * r + 2, c : c + 2, t : t + 1]
        np.testing.assert_allclose(found[0, r, c, t, j], (window * W[j]).sum() + B[j])


def test_gradient_of_batch_normalisation_as_an_op():
    x, dy, scale = T.dmatrix(), T.dmatrix(), T.drow()
    _, mean, invstd = bn.AbstractBatchNormTrain((0,))(x, scale, scale)
    parts = bn.AbstractBatchNormTrainGrad((0,))(x, dy, scale, mean, invstd)
    X, DY, S = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3)), RNG.normal(size=(1, 3))

    def normalised(X, S, B):
        return (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-4) * S + B

    found = compiled([x, dy, scale], parts)(X, DY, S)
    step = 1e-6
    for k, (got, place) in enumerate(zip(found, ((2, 1), (0, 1), (0, 1)), strict=True)):
        args = [X, S, S]
        change = np.zeros_like(args[k])
        change[place] = step
        up, down = ([a + s * change if i == k else a for i, a in enumerate(args)] for s in (1, -1))
        slope = (DY * (normalised(*up) - normalised(*down))).sum() / (2 * step)
        np.testing.assert_allclose(got[place], slope, rtol=1e-6)
    with pytest.raises(ShapeError):
        bn.AbstractBatchNormTrain(())


def test_vectors_and_dtypes_of_the_softmax_ops():
    v = T.dvector()
    assert nnet.softmax_op(v).type.broadcastable == (True, False)
    assert nnet.logsoftmax_op(v).type.broadcastable == (True, False)
    with pytest.raises(ValueError, match="float"):
        nnet.softmax_with_bias(T.imatrix(), v)
    with pytest.raises(DtypeError, match="integers"):
        nnet.crossentropy_softmax_1hot(T.dmatrix(), v)
    with pytest.raises(ShapeError, match="vector actual"):
        nnet.confusion_matrix(T.dmatrix(), v)
    x, y = T.fmatrix(), T.ivector()
    outputs = nnet.crossentropy_softmax_argmax_1hot_with_bias(x, T.fvector(), y)
    assert [o.dtype for o in outputs] == ["float32", "float32", "int32"]
    assert nnet.h_softmax(x, 4, 6, 3, 2, x, T.fvector(), T.ftensor3(), x).dtype == "float32"


def test_gradient_of_a_prepended_column_reaches_the_matrix():
    s, x = T.dscalar(), T.dmatrix()
    weights = np.arange(12.0).reshape(3, 4)
    cost = (nnet.prepend_scalar_to_each_row(s, x) * weights).sum()
    by_s, by_x = compiled([s, x], theano.grad(cost, [s, x]), on_unused_input="ignore")(
        1.0, np.ones((3, 3))
    )
    assert by_s == weights[:, 0].sum()
    np.testing.assert_array_equal(by_x, weights[:, 1:])


def test_conv_ops_of_both_names_are_one():
    x, w = T.ftensor4(), T.ftensor4()
    assert nnet.abstract_conv2d(x, w).owner.op == nnet.conv2d(x, w).owner.op == Conv(2)


WHOLE = {
    "crossentropy_categorical_1hot": ((3, 4), int),
    "crossentropy_categorical_1hot_grad": ((3,), (3, 4), int),
    "crossentropy_softmax_argmax_1hot_with_bias": ((3, 4), (4,), int),
    "crossentropy_softmax_1hot_with_bias_dx": ((3,), (3, 4), int),
    "softmax_grad": ((3, 4), (3, 4)),
    "softmax_with_bias": ((3, 4), (4,)),
    "prepend_scalar_to_each_row": ((), (3, 4)),
    "prepend_1_to_each_row": ((3, 4),),
}


# Those that the rewrites put back.
FUSED = {"crossentropy_softmax_argmax_1hot_with_bias", "softmax_with_bias"}


@pytest.mark.parametrize("name", WHOLE)
def test_theanos_ops_are_nodes_until_a_fast_mode_takes_them_apart(name):
    op, rng = getattr(nnet, name), np.random.default_rng(0)
    symbolic = {0: T.dscalar, 1: T.dvector, 2: T.dmatrix}
    inputs = [T.ivector() if shape is int else symbolic[len(shape)]() for shape in WHOLE[name]]
    values = [
        np.int32([1, 0, 3]) if shape is int else rng.uniform(0.1, 0.9, shape)
        for shape in WHOLE[name]
    ]
    outputs = op(*inputs)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    shapes = [output.shape for output in outputs]

    def nodes(results, mode):
        compiled = theano.function(inputs, results, mode=mode, on_unused_input="ignore")
        return compiled(*values), [node.op for node in compiled.maker.fgraph.toposort()]

    whole, kept = nodes(outputs, "FAST_COMPILE")
    parts, taken = nodes(outputs, backends.select("py"))
    assert op in kept and any(isinstance(o, type(op)) for o in kept)
    assert (op in taken) == (name in FUSED)
    for one, other in zip(whole, parts, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-15)
    lengths, of_shapes = nodes(shapes, "FAST_COMPILE")
    assert op not in of_shapes
    assert [tuple(length) for length in lengths] == [value.shape for value in whole]


def test_the_gradient_of_an_op_is_that_of_its_graph():
    x, b, y = (
        np.random.default_rng(1).normal(size=(3, 4)),
        np.linspace(0, 1, 4),
        np.int32([1, 0, 3]),
    )
    ops = [
        (lambda x, b: nnet.crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx=y)[0], [x, b]),
        (lambda x, b: nnet.softmax_with_bias(x, b), [x, b]),
        (lambda x: nnet.softmax_grad(x, x), [x]),
        (lambda p: nnet.crossentropy_categorical_1hot(p, y), [np.exp(x)]),
    ]
    for op, values in ops:
        theano.gradient.verify_grad(op, values, rng=np.random.RandomState(2), mode="FAST_COMPILE")
