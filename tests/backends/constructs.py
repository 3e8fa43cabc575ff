"""The constructs of Theano-style programs, one row each, for every backend to run.

A row is a function of a float dtype that returns a :class:`Case`: a small graph, the values to call
it with, and what NumPy makes of them. Where ``expected`` is None the reference is the ``py``
backend: in float64 for a row without random draws, in the same dtype for draws of
:mod:`symgen.random`, which are the same numbers on every backend.

``refused`` names the backends where the construct has to end in a named error, with words of it.
"""

from dataclasses import dataclass, field

import numpy as np
import pytensor
import pytensor.tensor as pt
import scipy.linalg
import scipy.signal
import scipy.special
from pytensor.compile.builders import OpFromGraph
from pytensor.gradient import Rop, disconnected_grad, grad, grad_clip
from pytensor.printing import Print
from pytensor.raise_op import Assert
from pytensor.scan.utils import until
from pytensor.tensor.extra_ops import to_one_hot
from pytensor.tensor.random.utils import RandomStream
from pytensor.tensor.signal import convolve1d, convolve2d

from symgen.random import RandomStreams
from symgen.updates import adam

try:
    from pytensor.conditional import ifelse
except ImportError:  # PyTensor 3.0
    from pytensor.ifelse import ifelse


@dataclass
class Case:
    """One graph with the values to call it with.

    Attributes
    ----------
    inputs, outputs : list of variables
    values : list of arrays, one for each input
    expected : list of arrays or None
        Of the outputs of the last call, then of the updated shared variables after it.
    updates, givens : dict
    calls : int
        How often the function is called.
    same_draws : bool
        False where the numbers are the backend's own: shape and dtype are compared, and that two
        calls differ.
    """

    inputs: list
    outputs: list
    values: list
    expected: list | None = None
    updates: dict = field(default_factory=dict)
    givens: dict = field(default_factory=dict)
    calls: int = 1
    same_draws: bool = True


@dataclass(frozen=True)
class Construct:
    """A row: its name, what builds it, where it is refused, whether it draws at random."""

    name: str
    build: object
    refused: dict
    draws: bool


CONSTRUCTS = []


def construct(build=None, *, draws=False, **refused):
    """Add a row; ``refused`` maps a backend to words of its named error."""
    if build is None:
        return lambda build: construct(build, draws=draws, **refused)
    CONSTRUCTS.append(Construct(build.__name__, build, refused, draws))
    return build


def reals(dtype, *shape, seed=0):
    """Numbers in [0, 1)."""
    return np.random.default_rng(seed).random(shape).astype(dtype)


def _matrix(dtype, name="x"):
    return pt.matrix(name, dtype=dtype)


def _vector(dtype, name="v"):
    return pt.vector(name, dtype=dtype)


def _scan(step, **options):
    """``pytensor.scan`` without updates, on PyTensor 3.0 and 3.3."""
    return pytensor.scan(step, return_updates=False, **options)


LABELS = np.array([3, 0, 6, 1, 3, 3], "int64")

# --- Minibatches and slices --------------------------------------------------------------------


def _minibatch(dtype, cut, rows, values, inputs):
    data = reals(dtype, 20, 4)
    shared = pytensor.shared(data, name="data")
    x = _matrix(dtype)
    outputs = [(x**2).sum(axis=1), x.shape[0]]
    x_value = data[rows]
    return Case(
        inputs,
        outputs,
        values,
        [(x_value**2).sum(axis=1), np.int64(len(x_value))],
        givens={x: cut(shared)},
    )


@construct
def minibatch_slice(dtype):
    i = pt.lscalar("i")
    return _minibatch(dtype, lambda X: X[i * 5 : (i + 1) * 5], slice(10, 15), [np.int64(2)], [i])


@construct
def minibatch_slice_of_an_int32_index(dtype):
    i = pt.iscalar("i")
    return _minibatch(dtype, lambda X: X[i * 5 : (i + 1) * 5], slice(10, 15), [np.int32(2)], [i])


@construct
def minibatch_slice_start_plus_length(dtype):
    i = pt.lscalar("i")
    return _minibatch(dtype, lambda X: X[i * 5 : i * 5 + 5], slice(5, 10), [np.int64(1)], [i])


@construct
def minibatch_window_and_columns(dtype):
    i = pt.lscalar("i")
    return _minibatch(dtype, lambda X: X[i : i + 3, 1:3], np.s_[7:10, 1:3], [np.int64(7)], [i])


@construct
def minibatch_of_an_order(dtype):
    i, order = pt.lscalar("i"), np.random.default_rng(1).permutation(20)
    p = pytensor.shared(order, name="order")
    cut = slice(10, 15)
    return _minibatch(dtype, lambda X: X[p[i * 5 : (i + 1) * 5]], order[cut], [np.int64(2)], [i])


@construct
def minibatch_of_given_rows(dtype):
    rows = pt.lvector("rows")
    return _minibatch(dtype, lambda X: X[rows], LABELS, [LABELS], [rows])


@construct
def slice_constant(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    return Case([x], [x[2:5], x[::2, ::-1]], [value], [value[2:5], value[::2, ::-1]])


@construct
def slice_to_argument(dtype):
    x, n, value = _matrix(dtype), pt.lscalar("n"), reals(dtype, 6, 4)
    return Case([x, n], [x[:n]], [value, np.int64(4)], [value[:4]])


@construct
def slice_to_half_the_shape(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    return Case([x], [x[: x.shape[0] // 2]], [value], [value[:3]])


@construct
def row_of_argument(dtype):
    x, i, value = _matrix(dtype), pt.lscalar("i"), reals(dtype, 6, 4)
    return Case([x, i], [x[i], x[-i, 1]], [value, np.int64(2)], [value[2], value[-2, 1]])


# --- Shapes --------------------------------------------------------------------------------------


@construct
def zeros_of_shape(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    out = pt.zeros((x.shape[0], 4), dtype=dtype) + x
    return Case(
        [x], [out, pt.ones((x.shape[0] * 2, 3), dtype=dtype)], [value], [value, np.ones((12, 3))]
    )


@construct
def zeros_of_argument(dtype):
    n = pt.lscalar("n")
    return Case([n], [pt.zeros((n, 2), dtype=dtype) + 1], [np.int64(3)], [np.ones((3, 2))])


@construct
def arange_of_shape(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    return Case([x], [pt.arange(x.shape[0])], [value], [np.arange(6)])


@construct
def arange_of_argument(dtype):
    n = pt.lscalar("n")
    return Case(
        [n], [pt.arange(n), pt.arange(1, n, 2)], [np.int64(6)], [np.arange(6), np.arange(1, 6, 2)]
    )


@construct
def arange_of_a_window(dtype):
    i = pt.lscalar("i")
    return Case([i], [pt.arange(i * 3, (i + 1) * 3)], [np.int64(2)], [np.arange(6, 9)])


@construct
def reshape_of_shape(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    outputs = [x.reshape((x.shape[0], 2, 2)), x.reshape((-1, 8)), x.reshape((x.shape[0] * 2, 2))]
    return Case([x], outputs, [value], [value.reshape(s) for s in ((6, 2, 2), (3, 8), (12, 2))])


@construct
def reshape_of_argument(dtype):
    x, n, value = _matrix(dtype), pt.lscalar("n"), reals(dtype, 6, 4)
    return Case([x, n], [x.reshape((n, -1))], [value, np.int64(3)], [value.reshape(3, 8)])


@construct
def flatten_and_dimshuffle(dtype):
    t, v = pt.tensor4("t", dtype=dtype), _vector(dtype)
    value, v_value = reals(dtype, 2, 3, 2, 2), reals(dtype, 3)
    outputs = [t.flatten(2), t + v.dimshuffle("x", 0, "x", "x"), t.dimshuffle(1, 0, 2, 3)]
    expected = [value.reshape(2, 12), value + v_value[:, None, None], value.swapaxes(0, 1)]
    return Case([t, v], outputs, [value, v_value], expected)


@construct
def eye_of_shape(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4)
    return Case([x], [pt.eye(x.shape[1], dtype=dtype)], [value], [np.eye(4)])


@construct
def repeat_and_tile(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4)
    t, t_value = pt.tensor4("t", dtype=dtype), reals(dtype, 1, 2, 2, 2)
    loss = (t.repeat(2, axis=2).repeat(2, axis=3) ** 2).sum()
    outputs = [pt.repeat(x, 2, axis=0), pt.tile(x, (2, 1)), grad(loss, t)]
    expected = [value.repeat(2, 0), np.tile(value, (2, 1)), 8 * t_value]
    return Case([x, t], outputs, [value, t_value], expected)


@construct
def pad(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4)
    widths = ((1, 1), (2, 0))
    return Case([x], [pt.pad(x, widths)], [value], [np.pad(value, widths)])


@construct
def split_and_join(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 5)
    a, b = pt.split(x, [2, 3], n_splits=2, axis=1)
    joined = pt.concatenate([b, a], axis=1)
    loss = (pt.concatenate([x, x * 2], axis=1) ** 2).sum()
    expected = [value[:, [2, 3, 4, 0, 1]], 10 * value]
    return Case([x], [joined, grad(loss, x)], [value], expected)


# --- Random draws --------------------------------------------------------------------------------


@construct(draws=True)
def draw_of_constant_size(dtype):
    draw = RandomStreams(3).normal(size=(3, 2), dtype=dtype)
    return Case([], [draw], [], updates=_updates_of(draw), calls=2)


@construct(draws=True)
def draw_of_shape(dtype):
    x, value = _matrix(dtype, "mean"), reals(dtype, 6, 4)
    srng = RandomStreams(3)
    noise = srng.normal(size=x.shape, dtype=dtype)
    out = x + pt.exp(x) * noise
    return Case([x], [out, grad(out.sum(), x)], [value], updates=dict(srng.updates), calls=2)


@construct(draws=True)
def draw_of_argument(dtype):
    n, srng = pt.lscalar("n"), RandomStreams(3)
    draw = srng.uniform(size=(n, 2), dtype=dtype)
    return Case([n], [draw], [np.int64(5)], updates=dict(srng.updates))


@construct(draws=True)
def draw_of_a_minibatch(dtype):
    i, x, srng = pt.lscalar("i"), _matrix(dtype), RandomStreams(3)
    data = pytensor.shared(reals(dtype, 20, 4), name="data")
    out = x + srng.normal(size=x.shape, dtype=dtype)
    givens = {x: data[i * 5 : (i + 1) * 5]}
    return Case([i], [out], [np.int64(2)], updates=dict(srng.updates), givens=givens, calls=2)


@construct(draws=True)
def dropout(dtype):
    x, value, srng = _matrix(dtype), reals(dtype, 6, 4), RandomStreams(3)
    kept = srng.bernoulli(pt.constant(0.5, dtype=dtype), size=x.shape)
    out = pt.switch(kept, x, pt.zeros_like(x))
    return Case([x], [out, grad(out.sum(), x)], [value], updates=dict(srng.updates), calls=2)


def _updates_of(draw):
    """The update of the stream that a draw is of."""
    node = draw.owner
    return {node.inputs[0]: node.outputs[0]}


def _own_draws(dtype, draw, inputs=(), values=()):
    stream = RandomStream(1)
    out = draw(stream)
    return Case(
        list(inputs), [out], list(values), updates=dict(stream.updates()), calls=2, same_draws=False
    )


@construct
def random_stream_normal(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    return _own_draws(dtype, lambda s: s.normal(x, 1, size=x.shape, dtype=dtype), [x], [value])


@construct
def random_stream_uniform_of_argument(dtype):
    n = pt.lscalar("n")
    return _own_draws(dtype, lambda s: s.uniform(size=(n, 5), dtype=dtype), [n], [np.int64(4)])


@construct
def random_stream_of_parameters_only(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    return _own_draws(dtype, lambda s: s.normal(x, 1), [x], [value])


@construct
def random_stream_bernoulli(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 10)
    return _own_draws(dtype, lambda s: s.bernoulli(x), [x], [value])


@construct
def random_stream_binomial(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 10)
    return _own_draws(dtype, lambda s: s.binomial(9, 0.5, size=x.shape), [x], [value])


@construct
def random_stream_categorical(dtype):
    x, value = _matrix(dtype), reals(dtype, 20, 5)
    return _own_draws(dtype, lambda s: s.categorical(pt.special.softmax(x, axis=-1)), [x], [value])


@construct
def random_stream_permutation(dtype):
    return _own_draws(dtype, lambda s: s.permutation(30))


# --- Scan ----------------------------------------------------------------------------------------


@construct
def scan_over_a_sequence(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    out = _scan(lambda row: row**2, sequences=x)
    return Case([x], [out, grad(out.sum(), x)], [value], [value**2, 2 * value])


@construct
def scan_recurrent_with_gradient(dtype):
    s = pt.tensor3("s", dtype=dtype)
    W_value, value = reals(dtype, 3, 3, seed=1), reals(dtype, 4, 2, 3)
    W = pytensor.shared(W_value, name="W")
    h0 = pt.zeros((s.shape[1], 3), dtype=dtype)
    h = _scan(lambda row, h, W: pt.tanh(row + h @ W), sequences=s, outputs_info=h0, non_sequences=W)
    loss = h[-1].sum()
    return Case([s], [h, loss, grad(loss, W)], [value], _recurrent(value, W_value))


def _recurrent(s, W):
    s, W = s.astype("float64"), W.astype("float64")
    states = [np.zeros(s.shape[1:])]
    for row in s:
        states.append(np.tanh(row + states[-1] @ W))
    dW, dh = np.zeros_like(W), np.ones_like(states[0])
    for t in range(len(s), 0, -1):
        da = dh * (1 - states[t] ** 2)
        dW += states[t - 1].T @ da
        dh = da @ W.T
    return [np.stack(states[1:]), states[-1].sum(), dW]


@construct
def scan_of_steps_given_by_argument(dtype):
    v, n, value = _vector(dtype), pt.lscalar("n"), reals(dtype, 4)
    out = _scan(lambda a: a * 2, outputs_info=v, n_steps=n)
    return Case([v, n], [out[-1]], [value, np.int64(5)], [32 * value])


@construct
def scan_all_steps_given_by_argument(dtype):
    v, n, value = _vector(dtype), pt.lscalar("n"), reals(dtype, 4)
    out = _scan(lambda a: a * 2, outputs_info=v, n_steps=n)
    return Case([v, n], [out], [value, np.int64(3)], [np.stack([2 * value, 4 * value, 8 * value])])


@construct
def scan_taps(dtype):
    v, x = _vector(dtype), _vector(dtype, "x")
    state = {"initial": v, "taps": [-2, -1]}
    sequence = {"input": x, "taps": [0, 1]}
    out = _scan(lambda x0, x1, a, b: a * b + x0 - x1, sequences=sequence, outputs_info=[state])
    value, x_value = reals(dtype, 2), reals(dtype, 6, seed=1)
    series = list(value)
    for t in range(5):
        series.append(series[-2] * series[-1] + x_value[t] - x_value[t + 1])
    outputs = [out, grad(out[-1], v)]
    return Case([v, x], outputs, [value, x_value], [np.stack(series[2:]), _taps_gradient(series)])


def _taps_gradient(series):
    """d last / d (first two) of a_t = a_{t-2} a_{t-1} + constant."""
    d = np.eye(2)
    rows = [d[0], d[1]]
    for t in range(2, len(series)):
        rows.append(rows[t - 2] * series[t - 1] + series[t - 2] * rows[t - 1])
    return rows[-1]


@construct
def scan_until_last_state(dtype):
    v, value = _vector(dtype), reals(dtype, 4)
    out = _scan(lambda a: (a * 2, until((a * 2).sum() > 100)), outputs_info=v, n_steps=50)
    doubled = value.astype("float64")
    while doubled.sum() <= 100:
        doubled = doubled * 2
    return Case([v], [out[-1]], [value], [doubled])


@construct(jax="until")
def scan_until_all_states(dtype):
    v, value = _vector(dtype), reals(dtype, 4)
    out = _scan(lambda a: (a * 2, until((a * 2).sum() > 30)), outputs_info=v, n_steps=50)
    states = [2 * value.astype("float64")]
    while states[-1].sum() <= 30:
        states.append(states[-1] * 2)
    return Case([v], [out], [value], [np.stack(states)])


@construct
def scan_updates_a_shared_variable(dtype):
    v, value = _vector(dtype), reals(dtype, 4)
    count = pytensor.shared(np.zeros((), dtype), name="count")
    out, updates = pytensor.scan(lambda a: (a * 2, {count: count + a}), sequences=v)
    expected = [2 * value, 2 * value.sum(dtype="float64")]
    return Case([v], [out], [value], expected, updates=dict(updates), calls=2)


@construct(draws=True)
def scan_with_draws(dtype):
    v, value, srng = _vector(dtype), reals(dtype, 4), RandomStreams(3)

    def step(a):
        u = srng.uniform(size=a.shape, dtype=dtype)
        return a + u, dict(srng.updates)

    out, updates = pytensor.scan(step, outputs_info=v, n_steps=5)
    return Case([v], [out[-1]], [value], updates=dict(updates), calls=2)


@construct
def scan_back_and_forth(dtype):
    x, value = _matrix(dtype), reals(dtype, 5, 3)
    zero = pt.zeros((3,), dtype=dtype)
    out = _scan(lambda row, a: a + row, sequences=x, outputs_info=zero, go_backwards=True)
    expected = np.cumsum(value[::-1], axis=0)
    return Case(
        [x], [out, grad((out[-1] ** 2).sum(), x)], [value], [expected, 2 * expected[-1] + 0 * value]
    )


# --- Indexing ------------------------------------------------------------------------------------


@construct
def mask_sum(dtype):
    v, value = _vector(dtype), reals(dtype, 8)
    loss = (v[v > 0.5] ** 2).sum()
    mask = value > 0.5
    return Case([v], [loss, grad(loss, v)], [value], [(value[mask] ** 2).sum(), 2 * value * mask])


@construct
def mask_mean(dtype):
    v, value = _vector(dtype), reals(dtype, 8)
    return Case([v], [v[v > 0.5].mean()], [value], [value[value > 0.5].mean()])


@construct
def mask_set(dtype):
    v, value = _vector(dtype), reals(dtype, 8)
    zero = np.zeros((), dtype)
    outputs = [pt.set_subtensor(v[v > 0.5], zero), pt.inc_subtensor(v[v > 0.5], zero + 1)]
    mask = value > 0.5
    return Case([v], outputs, [value], [np.where(mask, 0, value), value + mask])


@construct(jax="data-dependent")
def mask_as_output(dtype):
    v, value = _vector(dtype), reals(dtype, 8)
    return Case([v], [v[v > 0.5]], [value], [value[value > 0.5]])


@construct(jax="data-dependent")
def nonzero(dtype):
    v, value = _vector(dtype), reals(dtype, 8)
    return Case([v], [(v > 0.5).nonzero()[0]], [value], [(value > 0.5).nonzero()[0]])


@construct(jax="data-dependent")
def unique(dtype):
    y = pt.lvector("y")
    return Case([y], [pt.unique(y)], [LABELS], [np.unique(LABELS)])


@construct
def set_column(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    expected = value.copy()
    expected[:, 0] = 0
    return Case([x], [pt.set_subtensor(x[:, 0], np.zeros((), dtype))], [value], [expected])


@construct
def set_row_of_argument(dtype):
    x, i, value = _matrix(dtype), pt.lscalar("i"), reals(dtype, 6, 4)
    expected = value.copy()
    expected[2] = 0
    return Case(
        [x, i], [pt.set_subtensor(x[i], np.zeros((), dtype))], [value, np.int64(2)], [expected]
    )


@construct
def set_and_inc_window(dtype):
    x, i, value = _matrix(dtype), pt.lscalar("i"), reals(dtype, 6, 4)
    y, y_value = _matrix(dtype, "y"), reals(dtype, 2, 4, seed=1)
    outputs = [
        pt.set_subtensor(x[i : i + 2], np.zeros((), dtype)),
        pt.inc_subtensor(x[i : i + 2], y),
    ]
    zeroed, added = value.copy(), value.copy()
    zeroed[3:5] = 0
    added[3:5] += y_value
    return Case([x, i, y], outputs, [value, np.int64(3), y_value], [zeroed, added])


@construct
def set_and_inc_a_whole_from_one_row(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    y, row = _matrix(dtype, "y"), reals(dtype, 1, 4, seed=1)
    n = pt.lscalar("n")
    wholes = [x[:], x[...], x[0:], x[0:n], x[::1], x[:, :]]
    outputs = [pt.set_subtensor(whole, y) for whole in wholes]
    outputs += [pt.inc_subtensor(whole, y) for whole in wholes]
    outputs += [pt.inc_subtensor(pt.zeros_like(x)[:], y), pt.set_subtensor(x[::-1], y)]
    everywhere = np.broadcast_to(row, value.shape)
    expected = [everywhere] * 6 + [value + row] * 6 + [everywhere] * 2
    return Case([x, y, n], outputs, [value, row, np.int64(6)], expected)


@construct
def read_what_one_row_was_set_into(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    y, row = _matrix(dtype, "y"), reals(dtype, 1, 4, seed=1)
    outputs = [pt.set_subtensor(x[1:4], y)[1:4], pt.inc_subtensor(x[1:4], y)[1:4]]
    expected = [np.broadcast_to(row, (3, 4)), value[1:4] + row]
    return Case([x, y], outputs, [value, row], expected)


@construct
def set_a_whole_from_one_row_in_a_scan(dtype):
    x, value = pt.tensor("x", dtype=dtype, shape=(None, None, None)), reals(dtype, 3, 2, 4)
    y, row = _matrix(dtype, "y"), reals(dtype, 1, 4, seed=1)
    steps = pytensor.scan(
        lambda part, y: pt.set_subtensor(part[:], y), sequences=[x], non_sequences=[y],
        return_updates=False,
    )  # fmt: skip
    return Case([x, y], [steps], [value, row], [np.broadcast_to(row, value.shape)])


@construct
def gradient_of_a_window(dtype):
    x, i, value = _matrix(dtype), pt.lscalar("i"), reals(dtype, 6, 4)
    loss = (x[i * 2 : (i + 1) * 2] ** 2).sum()
    expected = np.zeros_like(value)
    expected[2:4] = 2 * value[2:4]
    return Case([x, i], [grad(loss, x)], [value, np.int64(1)], [expected])


@construct
def inc_rows(dtype):
    x, y, value = _matrix(dtype), pt.lvector("y"), reals(dtype, 7, 4)
    expected = value.copy()
    np.add.at(expected, LABELS, 1)
    return Case([x, y], [pt.inc_subtensor(x[y], np.ones((), dtype))], [value, LABELS], [expected])


@construct
def embedding_with_update(dtype):
    y, value = pt.lvector("y"), reals(dtype, 7, 3)
    E = pytensor.shared(value, name="E")
    loss = (E[y] ** 2).sum()
    new = E - grad(loss, E)
    expected = value.copy()
    np.add.at(expected, LABELS, -2 * value[LABELS])
    return Case([y], [loss], [LABELS], [(value[LABELS] ** 2).sum(), expected], updates={E: new})


@construct
def negative_log_likelihood(dtype):
    x, y, value = _matrix(dtype), pt.lvector("y"), reals(dtype, 6, 7)
    log_p = pt.special.log_softmax(x, axis=1)
    loss = -log_p[pt.arange(y.shape[0]), y].mean()
    p = scipy.special.softmax(value.astype("float64"), axis=1)
    expected = -np.log(p[np.arange(6), LABELS]).mean()
    return Case(
        [x, y], [loss, grad(loss, x)], [value, LABELS], [expected, (p - np.eye(7)[LABELS]) / 6]
    )


@construct
def one_hot(dtype):
    y = pt.lvector("y")
    outputs = [pt.eq(pt.arange(7), y[:, None]).astype(dtype), to_one_hot(y, 7, dtype=dtype)]
    return Case([y], outputs, [LABELS], [np.eye(7)[LABELS]] * 2)


@construct
def argmax_and_error_rate(dtype):
    x, y, value = _matrix(dtype), pt.lvector("y"), reals(dtype, 6, 7)
    best = pt.argmax(x, axis=1)
    errors = pt.neq(best, y).astype(dtype).mean()
    top = value.argmax(axis=1)
    return Case(
        [x, y],
        [best, errors, pt.max(x, axis=1)],
        [value, LABELS],
        [top, (top != LABELS).mean(), value.max(axis=1)],
    )


@construct
def sort_and_cumsum(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 5)
    outputs = [pt.sort(x, axis=1), pt.argsort(x, axis=1), pt.cumsum(x, axis=0)]
    expected = [np.sort(value, axis=1), np.argsort(value, axis=1), np.cumsum(value, axis=0)]
    return Case([x], outputs, [value], expected)


# --- Control flow, checks ------------------------------------------------------------------------


@construct
def ifelse_of_argument(dtype):
    x, i, value = _matrix(dtype), pt.lscalar("i"), reals(dtype, 3, 4)
    return Case([x, i], [ifelse(pt.gt(i, 2), x * 2, x * 3)], [value, np.int64(3)], [2 * value])


@construct
def print_value(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4)
    return Case([x], [Print("x is", attrs=["shape"])(x) + x], [value], [2 * value])


@construct
def assert_that_holds(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4)
    return Case([x], [Assert("negative")(x, pt.all(x >= 0)) * 2], [value], [2 * value])


# --- Gradients and layers ------------------------------------------------------------------------


@construct
def dense_softmax_with_update(dtype):
    x, value, W_value = _matrix(dtype), reals(dtype, 6, 4), reals(dtype, 4, 3, seed=1)
    W = pytensor.shared(W_value, name="W")
    p = pt.special.softmax(x @ W, axis=1)
    loss = p[:, 0].sum()
    q = scipy.special.softmax(value.astype("float64") @ W_value, axis=1)
    d = q * (np.eye(3)[0] - q[:, :1])
    expected = [q[:, 0].sum(), W_value - value.T @ d]
    return Case([x], [loss], [value], expected, updates={W: W - grad(loss, W)})


@construct
def relu_by_maximum_and_switch(dtype):
    x, value, W_value = _matrix(dtype), reals(dtype, 6, 4), reals(dtype, 4, 3, seed=1)
    W = pytensor.shared(W_value, name="W")
    a, zero = x @ W - 1, np.zeros((), dtype)
    losses = [pt.maximum(a, zero).sum(), pt.switch(a > 0, a, zero).sum()]
    active = value @ W_value > 1
    gradient = value.T @ active
    return Case([x], [grad(loss, W) for loss in losses], [value], [gradient, gradient])


@construct
def special_functions(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4)
    out = pt.sigmoid(x) + pt.softplus(x) + pt.erf(x) + pt.gammaln(x + 1) + pt.log1p(x) + pt.expm1(x)
    v = value.astype("float64")
    s = scipy.special.expit(v)
    right = s + np.log1p(np.exp(v)) + scipy.special.erf(v) + scipy.special.gammaln(v + 1)
    right = right + np.log1p(v) + np.expm1(v)
    slope = s * (1 - s) + s + 2 / np.sqrt(np.pi) * np.exp(-(v**2)) + scipy.special.psi(v + 1)
    slope = slope + 1 / (1 + v) + np.exp(v)
    return Case([x], [out, grad(out.sum(), x)], [value], [right, slope])


@construct
def binary_crossentropy_of_logits(dtype):
    x, value = _matrix(dtype), (reals(dtype, 3, 4) - np.array(0.5, dtype)) * 60
    target = reals(dtype, 3, 4, seed=1)
    t = _matrix(dtype, "t")
    p = pt.sigmoid(x)
    loss = -(t * pt.log(p) + (1 - t) * pt.log(1 - p)).sum()
    v = value.astype("float64")
    right = (np.logaddexp(0, v) - target * v).sum()
    slope = scipy.special.expit(v) - target
    return Case([x, t], [loss, grad(loss, x)], [value, target], [right, slope])


@construct
def batch_normalisation_by_hand(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 4)
    z = (x - x.mean(axis=0)) / pt.sqrt(x.var(axis=0) + np.array(1e-2, dtype))
    return Case([x], [z, grad((z**3).sum(), x)], [value])


@construct
def matmul_and_tensordot(dtype):
    a, b = pt.tensor3("a", dtype=dtype), pt.tensor3("b", dtype=dtype)
    a_value, b_value = reals(dtype, 2, 3, 4), reals(dtype, 2, 4, 5, seed=1)
    loss = (pt.matmul(a, b) ** 2).sum()
    outputs = [grad(loss, a), pt.tensordot(a, a, axes=[[0, 1], [0, 1]])]
    product = a_value @ b_value
    expected = [
        2 * product @ b_value.swapaxes(1, 2),
        np.tensordot(a_value, a_value, ([0, 1], [0, 1])),
    ]
    return Case([a, b], outputs, [a_value, b_value], expected)


@construct
def clip_round_sign(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4) * 4 - 2
    outputs = [pt.clip(x, -1, 1), pt.round(x), pt.sgn(x), pt.floor(x), abs(x)]
    expected = [np.clip(value, -1, 1), np.round(value), np.sign(value), np.floor(value), abs(value)]
    return Case([x], outputs, [value], expected)


@construct
def gradient_helpers(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4)
    losses = [(disconnected_grad(x) * x).sum(), (grad_clip(x, -0.1, 0.1) * 3).sum()]
    expected = [value, np.full_like(value, 0.1)]
    return Case([x], [grad(loss, x) for loss in losses], [value], expected)


@construct
def forward_mode(dtype):
    x, V = _matrix(dtype), _matrix(dtype, "V")
    value, W_value, V_value = reals(dtype, 6, 4), reals(dtype, 4, 3), reals(dtype, 4, 3, seed=2)
    W = pytensor.shared(W_value, name="W")
    expected = (1 - np.tanh(value @ W_value) ** 2) * (value @ V_value)
    return Case([x, V], [Rop(pt.tanh(x @ W), W, V)], [value, V_value], [expected])


@construct
def hessian_times_vector(dtype):
    x, w = _matrix(dtype), _vector(dtype, "w")
    slope = grad((pt.tanh(x @ w) ** 2).sum(), w)
    return Case([x, w], [grad((slope * w).sum(), w)], [reals(dtype, 6, 4), reals(dtype, 4, seed=1)])


@construct
def op_from_graph(dtype):
    x, value = _matrix(dtype), reals(dtype, 3, 4)
    inner = _matrix(dtype)
    out = OpFromGraph([inner], [pt.tanh(inner) * 2])(x)
    expected = [2 * np.tanh(value), 2 * (1 - np.tanh(value) ** 2)]
    return Case([x], [out, grad(out.sum(), x)], [value], expected)


@construct
def convolve_1d(dtype):
    v, a = _vector(dtype), _vector(dtype, "a")
    value, a_value = reals(dtype, 8), reals(dtype, 3, seed=1)
    out = convolve1d(v, a, mode="valid")
    right = np.convolve(value, a_value, "valid")
    slope = np.correlate(value, 2 * right, "valid")[::-1]
    return Case([v, a], [out, grad((out**2).sum(), a)], [value, a_value], [right, slope])


@construct
def convolve_2d(dtype):
    x, a = _matrix(dtype), _matrix(dtype, "a")
    value, a_value = reals(dtype, 6, 5), reals(dtype, 3, 2, seed=1)
    out = convolve2d(x, a, mode="valid")
    right = scipy.signal.convolve2d(value, a_value, "valid")
    slope = scipy.signal.correlate2d(value, 2 * right, "valid")[::-1, ::-1]
    return Case([x, a], [out, grad((out**2).sum(), a)], [value, a_value], [right, slope])


@construct
def cholesky(dtype):
    x, value = _matrix(dtype), reals(dtype, 6, 3)
    a = x.T @ x + pt.eye(3, dtype=dtype)
    lower = pt.linalg.cholesky(a)
    v = value.astype("float64")
    matrix = v.T @ v + np.eye(3)
    # log det A = 2 sum log diag L, whose gradient with respect to x is 2 x A^-1.
    loss = 2 * pt.log(pt.diag(lower)).sum()
    expected = [np.linalg.cholesky(matrix), 2 * v @ np.linalg.inv(matrix)]
    return Case([x], [lower, grad(loss, x)], [value], expected)


# --- Types ---------------------------------------------------------------------------------------


@construct
def float64_constant_raises_float32(dtype):
    v, value = _vector(dtype), reals(dtype, 4)
    return Case([v], [v * np.array([0.1])], [value], [value * np.array([0.1])])


@construct
def int64_beyond_int32(dtype):
    i = pt.lscalar("i")
    big = np.int64(2**40 + 3)
    outputs = [i + 1, i // 3, i % 3, -i // 5, i.astype(dtype) / 4]
    expected = [big + 1, big // 3, big % 3, -big // 5, np.array(big, dtype) / 4]
    return Case([i], outputs, [big], expected)


@construct
def integer_meets_float(dtype):
    y, v = pt.lvector("y"), _vector(dtype)
    value = reals(dtype, 6)
    big = LABELS + 2**30
    right = big.astype("float64") * value.astype("float64")
    return Case([y, v], [y * v, y.mean(), y / 4], [big, value], [right, big.mean(), big / 4])


@construct
def booleans(dtype):
    v, value = _vector(dtype), reals(dtype, 6)
    mask = v > 0.5
    m = value > 0.5
    outputs = [mask, ~mask, mask & (v < 0.9), pt.any(mask), mask.sum(), pt.cast(mask, dtype)]
    return Case([v], outputs, [value], [m, ~m, m & (value < 0.9), m.any(), m.sum(), m])


@construct
def counter_without_inputs(dtype):
    c = pytensor.shared(np.zeros((), dtype), name="c")
    return Case([], [], [], [np.ones(()) * 3], updates={c: c + 1}, calls=3)


# --- What models do ------------------------------------------------------------------------------


@construct(draws=True)
def autoencoder_step_with_adam(dtype):
    """Two steps of a variational autoencoder on minibatches of an order, with Adam."""
    i, x, srng = pt.lscalar("i"), _matrix(dtype), RandomStreams(3)
    data = pytensor.shared(reals(dtype, 20, 4), name="data")
    order = pytensor.shared(np.random.default_rng(1).permutation(20), name="order")
    shapes = {"W": (4, 4), "V": (2, 4), "b": (4,)}
    W, V, b = (
        pytensor.shared(reals(dtype, *s, seed=k), name=n) for k, (n, s) in enumerate(shapes.items())
    )
    h = x @ W
    mean, log_var = h[:, :2], h[:, 2:]
    half = np.array(0.5, dtype)
    z = mean + pt.exp(half * log_var) * srng.normal(size=mean.shape, dtype=dtype)
    logits = z @ V + b
    reconstruction = (pt.softplus(logits) - x * logits).sum(axis=1)
    kl = half * (pt.exp(log_var) + mean**2 - 1 - log_var).sum(axis=1)
    loss = (reconstruction + kl).mean()
    updates = {**adam(loss, [W, V, b], learning_rate=0.1), **srng.updates}
    givens = {x: data[order[i * 5 : (i + 1) * 5]]}
    return Case([i], [loss], [np.int64(1)], updates=updates, givens=givens, calls=2)
