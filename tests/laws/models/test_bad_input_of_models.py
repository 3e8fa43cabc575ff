"""Every model of the command line refuses what it cannot be, and data it cannot take, with a remedy."""

import inspect

import numpy as np
import pytensor.tensor as pt
import pytest

from symgen.errors import (
    DtypeError,
    EmptyDataError,
    NonFiniteError,
    RangeError,
    SettingsError,
    ShapeError,
    SymgenError,
    UntrainedModelError,
)
from symgen.evaluation import evaluate
from symgen.models import MODELS
from symgen.random import RandomStreams
from symgen.training import Run

NAN, INF = float("nan"), float("inf")
OF_DATA = {"input_dim": 64, "image_shape": (8, 8), "context_dim": 3, "levels": 17}
# What an argument of that default cannot be.
WRONG = {
    int: lambda d: [0, -1, 2.5],
    float: lambda d: [NAN, INF, -1.0],
    str: lambda d: ["nonsense"],
    tuple: lambda d: [(0,) * len(d), (-1,) * len(d)] if isinstance(d[0], int) else [(NAN,) * len(d)],
}
# Zero is a choice here: no hidden units, no chains that persist, no context.
MAY_BE_ZERO = {
    ("boltzmann_machine", "n_hidden"),
    ("gaussian_rbm", "n_chains"),
    ("dbn", "n_chains"),
    *((name, "context_dim") for name in MODELS),
}
DIMENSIONS = {"conv_autoencoder", "conv_vae", "dcgan", "conditional_dcgan", "glow_images"}
COUPLINGS = {"nice", "realnvp", "glow", "neural_spline"}


def arguments(name):
    """Those that the data give, where the model needs them."""
    parameters = inspect.signature(MODELS[name]).parameters
    needed = {key for key, p in parameters.items() if p.default is p.empty}
    return {key: value for key, value in OF_DATA.items() if key in needed}


def refused(error, call):
    with pytest.raises(error) as caught:
        call()
    assert caught.value.expected and caught.value.got and caught.value.remedy


@pytest.mark.parametrize("name", MODELS)
def test_wrong_arguments(name):
    given = arguments(name)
    for key, parameter in inspect.signature(MODELS[name]).parameters.items():
        default = given.get(key, parameter.default)
        if key in ("seed", "dtype") or type(default) not in WRONG or default == ():
            continue
        zero = (name, key) in MAY_BE_ZERO and key not in given
        for wrong in WRONG[type(default)](default):
            if not (wrong == 0 and (zero or name == "boltzmann_machine")):
                refused(SymgenError, lambda: MODELS[name](**{**given, key: wrong}))  # noqa: B023
    for dtype in ("float16", "int64", "object"):
        refused(DtypeError, lambda: MODELS[name](**given, dtype=dtype))  # noqa: B023
    for seed in (-1, 1.5, "one", None):
        refused((DtypeError, RangeError), lambda: MODELS[name](**given, seed=seed))  # noqa: B023
    for dim in (0, "64", 6.5, None):
        refused(SymgenError, lambda: MODELS[name](**{**given, "input_dim": dim}))  # noqa: B023


@pytest.mark.parametrize("name", MODELS)
def test_wrong_data(name):
    model = MODELS[name](**arguments(name))
    context = {"context": np.ones((4, model.context_dim))} if model.context_dim else {}

    def train(x, **more):
        return lambda: Run(model, x, backend="py", **{**context, **more})

    x = np.full((4, 64), 0.5)
    for wrong in (NAN, INF, -INF):
        refused(NonFiniteError, train(np.where(np.arange(64) == 3, wrong, x)))
    refused(ShapeError, train(x[:, 1:]))
    refused(ShapeError, train(x.reshape(4, 8, 8)))
    refused(ShapeError, train(x[0]))
    refused(ShapeError, train([[0.0, 1.0], [1.0]]))
    refused(EmptyDataError, train(x[:0]))
    for wrong in (None, x.astype(object), x.astype(str), x + 0j, np.ma.masked_greater(x, 0.4)):
        refused(DtypeError, train(wrong))
    for wrong in (0, 5, 2.5, NAN, "2"):
        refused(RangeError, train(x, batch_size=wrong))
    for wrong in (0, 2.5, NAN, "2"):
        refused(RangeError, train(x, epochs=wrong))
    if model.context_dim:
        refused(SettingsError, train(x, context=None))
        refused(DtypeError, train(x, context=np.ones((4, model.context_dim), object)))
        refused(ShapeError, train(x, context=np.ones(4)))
    else:
        refused(SettingsError, train(x, context=np.ones((4, 3))))
    if hasattr(model, "example_terms"):
        bits = x.round() if model.binary else x
        refused(UntrainedModelError, lambda: evaluate(model, bits, backend="py", **context))
        if model.binary:
            refused(RangeError, lambda: evaluate(model, x, backend="py", untrained=True, **context))
    if model.value_range is not None:
        refused(RangeError, train(x * 3))
        refused(RangeError, train(x - 1))


@pytest.mark.parametrize("name", sorted(DIMENSIONS))
@pytest.mark.parametrize("shape", [(7, 9), (7, 7), (1, 1)])
def test_images_that_cannot_be_halved(name, shape):
    given = {**arguments(name), "input_dim": shape[0] * shape[1], "image_shape": shape}
    refused(ShapeError, lambda: MODELS[name](**given))


@pytest.mark.parametrize("name", sorted(COUPLINGS))
def test_a_coupling_of_one_number(name):
    refused(RangeError, lambda: MODELS[name](**{**arguments(name), "input_dim": 1}))


CONDITIONAL = [name for name in MODELS if "context_dim" in inspect.signature(MODELS[name]).parameters]


def ways_to_give_a_context(model):
    """Calls of four examples or draws that take ``context=``."""
    x, srng = pt.matrix("x", dtype="float32", shape=(4, 64)), RandomStreams(0)
    yield lambda **context: model.objectives(x, srng, **context)
    if hasattr(model, "sample"):
        yield lambda **context: model.sample(4, srng, **context)
    if hasattr(model, "log_prob"):
        yield lambda **context: model.log_prob(x, **context)


@pytest.mark.parametrize("name", CONDITIONAL)
def test_a_wrong_context(name):
    given = {**arguments(name), "context_dim": 3}
    wrong = [np.ones(shape, "float32") for shape in ((5, 3), (4, 2), (3,), (4, 3, 1))]
    for way in ways_to_give_a_context(MODELS[name](**given)):
        refused(SettingsError, way)
        refused(SettingsError, lambda: way(context=None))  # noqa: B023
        for value in wrong:
            refused(ShapeError, lambda: way(context=pt.constant(value)))  # noqa: B023
    if inspect.signature(MODELS[name]).parameters["context_dim"].default == 0:
        for way in ways_to_give_a_context(MODELS[name](**{**given, "context_dim": 0})):
            refused(SettingsError, lambda: way(context=pt.constant(wrong[0][:4])))  # noqa: B023
