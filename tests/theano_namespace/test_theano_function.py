"""``theano.function``: what Theano's programs rely on, and what the documents' listings need."""

import warnings

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import FAST_COMPILE, Mode
from pytensor.graph.utils import MissingInputError

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen.theano.compile import mode as mode_module
from symgen.theano.compile.function import UnboundFunction


@pytest.fixture(autouse=True)
def fast_compile():
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        yield


def test_function_without_a_mode_takes_symgens_default(monkeypatch):
    asked = []

    def select(name=None):
        asked.append(name)
        return FAST_COMPILE

    monkeypatch.setattr(mode_module.backends, "select", select)
    x = T.dscalar()
    with pytensor.config.change_flags(mode="Mode"):
        assert theano.function([x], x + 1)(1.0) == 2.0
    assert theano.function([x], x + 1, mode="FAST_RUN")(1.0) == 2.0
    assert asked == [None, None]
    theano.function([x], x + 1)  # config.mode is FAST_COMPILE
    theano.function([x], x + 1, mode=Mode("py", "fast_compile"))
    assert asked == [None, None]


def test_linker_and_optimizer_are_respected(monkeypatch):
    fast = Mode("vm", "fast_run")
    monkeypatch.setattr(mode_module.backends, "select", lambda name=None: fast)
    with pytensor.config.change_flags(mode="Mode", linker="vm"):
        assert mode_module.get_mode().provided_linker == "vm"
    monkeypatch.setitem(theano.config._chosen, "optimizer_excluding", "canonicalize")
    with pytensor.config.change_flags(mode="Mode"):
        assert "canonicalize" in mode_module.get_mode().provided_optimizer.exclude

    def nodes():
        x = T.dscalar()
        with pytensor.config.change_flags(mode="Mode"):
            return len(theano.function([x], x * 1 + 0).maker.fgraph.toposort())

    simplified = nodes()
    monkeypatch.setitem(theano.config._chosen, "optimizer", "None")
    assert nodes() > simplified


def test_cxx_empty_means_python_code(monkeypatch):
    asked = []
    monkeypatch.setattr(
        mode_module.backends, "select", lambda name=None: asked.append(name) or FAST_COMPILE
    )
    monkeypatch.setitem(theano.config._chosen, "cxx", "")
    with pytensor.config.change_flags(mode="Mode", cxx=""):
        theano.function([], T.constant(1.0))
    assert asked == ["py"]


def test_unknown_mode_stays_an_error():
    with pytest.raises(ValueError, match="PROFILE_MODE"):
        theano.function([], T.constant(1.0), mode="PROFILE_MODE")


@pytest.mark.parametrize("empty", [[], (), {}])
def test_empty_outputs_info_is_ignored_with_a_warning(empty):
    x = T.dscalar()
    with pytest.warns(UserWarning, match="theano.scan") as caught:
        f = theano.function([x], x * 2, outputs_info=empty)
    assert caught[0].filename == __file__
    assert f(2.0) == 4.0


@pytest.mark.parametrize("filled", [[None], None, [0.0]])
def test_other_outputs_info_is_an_error(filled):
    with pytest.raises(TypeError, match="theano.scan"):
        theano.function([], T.constant(1.0), outputs_info=filled)


def test_unknown_argument_is_a_type_error_that_names_it():
    with pytest.raises(TypeError, match="'learning_rate'"):
        theano.function([], T.constant(1.0), learning_rate=0.1)


def test_unbound_function_is_built_and_raises_when_called():
    x, unbound = theano.shared(1.0, name="x"), T.dscalar("missing")
    f = theano.function([], [], updates=[(x, x + unbound)])
    assert isinstance(f, UnboundFunction)
    with pytest.raises(MissingInputError, match="missing"):
        f()
    assert x.get_value() == 1.0


def test_unbound_function_names_what_givens_leave_open():
    total, x, index = theano.shared(0.0), T.dscalar("x"), T.iscalar("index")
    data = theano.shared(np.arange(4.0))
    f = theano.function([], [], updates={total: total + x}, givens={x: data[index]})
    assert [variable.name for variable in f.unbound] == ["index"]


@pytest.mark.parametrize("outputs", [T.dscalar("y"), [T.dscalar("y")]])
def test_functions_with_inputs_or_outputs_miss_inputs_when_built(outputs):
    with pytest.raises(MissingInputError):
        theano.function([], outputs)
    x, total = T.dscalar("x"), theano.shared(0.0)
    with pytest.raises(MissingInputError):
        theano.function([x], [], updates=[(total, total + x + T.dscalar("y"))])


def test_unbound_function_lends_its_updates():
    total, x, index = theano.shared(0.0), T.dscalar("x"), T.iscalar("index")
    data = theano.shared(np.array([1.0, 10.0, 100.0]))
    first = theano.function([], [], updates={total: total + x}, givens=[(x, data[index])])
    second = theano.function([index], [], updates=first, givens=[(x, data[index])])
    second(1)
    second(2)
    assert total.get_value() == 110.0


def test_compiled_function_lends_its_updates():
    total, x, y = theano.shared(0.0), T.dscalar("x"), T.dscalar("y")
    first = theano.function([x], x, updates=[(total, total + 2 * x)])
    second = theano.function([y], [], updates=first, givens={x: y * 10})
    second(1.0)
    assert total.get_value() == 20.0
    first(1.0)
    assert total.get_value() == 22.0


def test_function_of_pytensor_has_no_updates_to_lend():
    with pytest.raises(TypeError, match="not known"):
        theano.function([], [], updates=pytensor.function([], T.constant(1.0)))


def test_givens_of_float64_for_float32_are_cast_with_a_warning():
    x = T.fmatrix("x")
    data = theano.shared(np.full((2, 2), 0.1), name="data")
    with pytest.warns(UserWarning, match="float32 variable x.*float64 data.*floatX=float32") as w:
        f = theano.function([], x * 1, givens=[(x, data)])
    assert w[0].filename == __file__
    assert f().dtype == "float32"
    np.testing.assert_array_equal(f(), np.float32(0.1) * np.ones((2, 2), "float32"))


@pytest.mark.parametrize(
    ("variable", "replacement"),
    [(T.imatrix(), T.dmatrix()), (T.fvector(), T.dmatrix()), (T.ivector(), T.lvector())],
)
def test_other_givens_that_do_not_fit_stay_errors(variable, replacement):
    with warnings.catch_warnings(), pytest.raises(TypeError):
        warnings.simplefilter("error")
        theano.function([replacement], variable * 1, givens={variable: replacement})


def test_givens_of_equal_types_say_nothing():
    x, y = T.fvector(), T.fvector()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = theano.function([y], x + 1, givens={x: 2 * y})
    np.testing.assert_array_equal(f(np.ones(2, "float32")), [3.0, 3.0])


def test_random_normal_draws_afresh_from_the_right_distribution():
    mean = T.matrix("mean")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        epsilon = T.random_normal(size=mean.shape, seed=1)
        draw = theano.function([mean], epsilon)
    first, second = draw(np.zeros((200, 50))), draw(np.zeros((200, 50)))
    assert first.shape == (200, 50) and first.dtype == theano.config.floatX
    assert not np.array_equal(first, second)
    # the mean of 20,000 draws has standard error 0.0071, their variance 0.01
    both = np.concatenate([first, second])
    assert abs(both.mean()) < 0.03 and abs(both.var() - 1) < 0.04
    # the stream is NumPy's of that seed
    np.testing.assert_array_equal(first, np.random.default_rng(1).normal(size=(200, 50)))


def test_random_normal_scales_and_shifts_in_its_dtype():
    draw = T.random_normal((2000,), avg=3.0, std=0.5, dtype="float32", seed=2)
    value = theano.function([], draw)()
    assert value.dtype == "float32" and draw.ndim == 1
    assert abs(value.mean() - 3) < 0.05 and abs(value.std() - 0.5) < 0.03
    with theano.config.change_flags(floatX="float32"):
        assert T.random_normal((2,)).dtype == "float32"


def test_random_normal_needs_to_know_its_dimensions():
    size = T.lvector("size")
    with pytest.raises(ValueError, match="ndim="):
        T.random_normal(size)
    with pytest.raises(ValueError, match="ndim=3"):
        T.random_normal((1, 2), ndim=3)
    draw = theano.function([size], T.random_normal(size, ndim=2))
    assert draw([3, 4]).shape == (3, 4)


def test_default_updates_can_be_turned_off():
    noise = T.random_normal((3,))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = theano.function([], noise, no_default_updates=True)
    np.testing.assert_array_equal(same(), same())
    rng = noise.owner.inputs[0]
    named = theano.function([], noise, no_default_updates=[rng])
    np.testing.assert_array_equal(named(), named())


def test_scan_returns_updates_as_theano_did():
    x = T.dscalar("x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        powers, updates = theano.scan(
            lambda previous, x: previous * x,
            outputs_info=T.ones_like(x),
            non_sequences=x,
            n_steps=4,
        )
        total, _ = theano.reduce(lambda a, b: a + b, powers, outputs_info=T.zeros_like(x))
    assert not updates
    values, added = theano.function([x], [powers, total], updates=updates)(2.0)
    np.testing.assert_array_equal(values, [2.0, 4.0, 8.0, 16.0])
    assert added == 30.0


@pytest.mark.parametrize("name", ["FAST_COMPILE", "Mode"])
def test_eval_compiles_as_the_configuration_says(name):
    x = T.dvector("x")
    y = (x**2).sum()
    with theano.config.change_flags(mode=name):
        assert y.eval({x: [1.0, 2.0]}) == 5.0 == y.eval({"x": [1.0, 2.0]})
        (compiled,) = y._fn_cache.values()
        assert type(compiled.maker.mode.linker) is type(theano.compile.get_mode(None).linker)
    assert y.eval({x: [3.0]}, mode=theano.Mode("py", None)) == 9.0
