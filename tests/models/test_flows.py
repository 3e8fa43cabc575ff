"""Laws of bijectors and flows; oracles are finite differences, quadrature, SciPy and PyTorch."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import scipy.stats
from pytensor.graph.traversal import ancestors
from pytensor.scan.op import Scan

from symgen import backends
from symgen.errors import (
    DtypeError,
    NonFiniteError,
    RangeError,
    SettingsError,
    ShapeError,
)
from symgen.models import flows
from symgen.models.flows.dequantization import dequantize, quantize
from symgen.models.flows.masked_network import MaskedNetwork
from symgen.random import RandomStreams


@pytest.fixture(autouse=True)
def interpreted_scans():
    """What a scan does inside is compiled in the default mode: here without C, which takes longer."""
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        yield


D = 5
OPTIONS = {"hidden_dims": (8, 7), "activation": "tanh", "dtype": "float64"}
NETWORK = {"activation": "tanh", "dtype": "float64"}
SPLINE = flows.RationalQuadraticSpline(bins=4, tail_bound=2.0)


def network_bijector(kind, dim, transform, **options):
    return kind(dim, transform, **OPTIONS, **options)


# name: bijector in float64
BIJECTORS = {
    "scaling": lambda: flows.Scaling(D, dtype="float64"),
    "actnorm": lambda: flows.ActNorm(D, dtype="float64"),
    "permutation": lambda: flows.Permutation(D),
    "reverse": lambda: flows.Reverse(D),
    "linear": lambda: flows.InvertibleLinear(D, dtype="float64"),
    "triangular": lambda: flows.TriangularAffine(D, dtype="float64"),
    "additive coupling": lambda: flows.Coupling(D, flows.Additive(), **OPTIONS),
    "affine coupling": lambda: flows.Coupling(D, flows.Affine(), flip=True, **OPTIONS),
    "affine coupling without hidden layers": lambda: flows.Coupling(
        D, flows.Affine(), (), dtype="float64"
    ),
    "conditional coupling": lambda: flows.Coupling(D, flows.Affine(), context_dim=2, **OPTIONS),
    "spline coupling": lambda: flows.Coupling(D, SPLINE, **OPTIONS),
    "masked affine": lambda: flows.MaskedAutoregressive(D, flows.Affine(), **OPTIONS),
    "masked affine, reversed": lambda: flows.MaskedAutoregressive(
        D, flows.Affine(), (6,), reverse=True, dtype="float64"
    ),
    "masked affine, conditional": lambda: flows.MaskedAutoregressive(
        D, flows.Affine(), context_dim=2, **OPTIONS
    ),
    # of more numbers than steps are written out
    "masked affine of many": lambda: flows.MaskedAutoregressive(11, flows.Affine(), **OPTIONS),
    "inverse affine of many, conditional": lambda: flows.InverseAutoregressive(
        11, flows.Affine(), context_dim=2, reverse=True, **OPTIONS
    ),
    "masked spline": lambda: flows.MaskedAutoregressive(D, SPLINE, **OPTIONS),
    "inverse affine": lambda: flows.InverseAutoregressive(D, flows.Affine(), **OPTIONS),
    "squeeze": lambda: flows.Squeeze((2, 4, 1)),
    "channel coupling": lambda: flows.ChannelCoupling((2, 3, 3), flows.Affine(), 4, **NETWORK),
    "channel coupling of splines": lambda: flows.ChannelCoupling((2, 2, 4), SPLINE, 4, **NETWORK),
    "channel split": lambda: flows.ChannelSplit((2, 3, 3), flows.Affine(), 4, **NETWORK),
    "1x1 convolution": lambda: flows.EachPixel(
        (2, 2, 3), flows.InvertibleLinear(3, dtype="float64")
    ),
    "actnorm of channels": lambda: flows.EachPixel((2, 2, 3), flows.ActNorm(3, dtype="float64")),
    "part": lambda: flows.Part(7, flows.Coupling(D, flows.Affine(), **OPTIONS)),
    "inverse affine, conditional": lambda: flows.InverseAutoregressive(
        D, flows.Affine(), context_dim=2, reverse=True, **OPTIONS
    ),
}


def moved(module, scale=0.6):
    """The bijector or model with parameters that are no longer the identity's."""
    rng = np.random.default_rng(5)
    for param in module.params:
        value = param.get_value()
        param.set_value((value + scale * rng.normal(size=value.shape)).astype(value.dtype))
    return module


def directions(bijector):
    """(forward, inverse) as compiled functions of NumPy arrays: image and log det."""
    v, context = pt.dmatrix("v"), pt.constant(CONTEXT) if bijector.context_dim else None
    mode = backends.select("py")
    return [
        pytensor.function([v], way(v, context), mode=mode)
        for way in (bijector.forward_and_log_det, bijector.inverse_and_log_det)
    ]


N = 6
CONTEXT = np.random.default_rng(8).normal(size=(N, 2))


def values(dim=D):
    return 1.5 * np.random.default_rng(9).normal(size=(N, dim))


Z = values()


def log_det_by_differences(f, v, step=1e-5):
    """log |det df/dv| of each row, by central differences."""
    n, d = v.shape
    jacobian = np.empty((n, d, d))
    for j in range(d):
        up, down = v.copy(), v.copy()
        up[:, j] += step
        down[:, j] -= step
        jacobian[:, :, j] = (f(up)[0] - f(down)[0]) / (2 * step)
    return np.linalg.slogdet(jacobian)[1]


@pytest.mark.parametrize("name", BIJECTORS)
def test_bijector_inverts_and_its_log_det_is_that_of_the_jacobian(name):
    bijector = moved(BIJECTORS[name]())
    forward, inverse = directions(bijector)
    z = values(bijector.dim)
    x, log_det = forward(z)
    back, log_det_back = inverse(x)
    np.testing.assert_allclose(back, z, atol=1e-9)
    np.testing.assert_allclose(log_det, -log_det_back, atol=1e-9)
    np.testing.assert_allclose(log_det, log_det_by_differences(forward, z), atol=1e-6)
    np.testing.assert_allclose(inverse(z)[1], log_det_by_differences(inverse, z), atol=1e-6)
    np.testing.assert_allclose(forward(inverse(z)[0])[0], z, atol=1e-9)
    if not isinstance(bijector, flows.Reverse | flows.Permutation | flows.Squeeze):
        assert abs(x - z).max() > 0.1  # it does something


def test_logit_is_scipys_and_inverts():
    bijector = flows.Logit(3, alpha=0.05)
    forward, inverse = directions(bijector)
    y = np.random.default_rng(1).random((4, 3))
    z, log_det = inverse(y)
    np.testing.assert_allclose(z, scipy.special.logit(0.05 + 0.9 * y))
    np.testing.assert_allclose(log_det, log_det_by_differences(inverse, y, 1e-6), atol=1e-6)
    back, log_det_back = forward(z)
    np.testing.assert_allclose(back, y)
    np.testing.assert_allclose(log_det_back, -log_det)


@pytest.mark.parametrize("name", ["affine coupling", "masked spline"])
def test_log_det_is_that_of_pytorchs_jacobian(name):
    """The bijector written again in PyTorch, from its weights, and differentiated there."""
    torch = pytest.importorskip("torch")
    bijector = moved(BIJECTORS[name]())
    weights = [torch.tensor(np.asarray(p.get_value())) for p in bijector.params]
    layers = getattr(bijector.network, "layers", None)

    def network(h):
        masks = [1.0] * 3
        if name == "masked spline":
            every = [*layers, bijector.network.output]
            masks = [torch.tensor(np.array(layer.mask.eval(mode="FAST_COMPILE"))) for layer in every]
        for k, mask in enumerate(masks):
            h = h @ (weights[2 * k] * mask) + weights[2 * k + 1]
            h = torch.tanh(h) if k < 2 else h
        return h

    def to_latent(x):
        if name == "affine coupling":
            a, b = x[3:], x[:3]
            t, raw = network(a).reshape(2, 3)
            return torch.cat([(b - t) * torch.exp(-5 * torch.tanh(raw / 5)), a])
        return torch_spline(torch, x, network(x).reshape(-1, D), SPLINE.bins, SPLINE.tail_bound)

    inverse = directions(bijector)[1]
    z, log_det = inverse(Z)
    for row, expected, value in zip(Z, z, log_det, strict=True):
        row = torch.tensor(row)
        np.testing.assert_allclose(to_latent(row).numpy(), expected, atol=1e-6)
        jacobian = torch.autograd.functional.jacobian(to_latent, row)
        np.testing.assert_allclose(torch.linalg.slogdet(jacobian)[1].numpy(), value, atol=1e-6)


def torch_spline(torch, x, parameters, bins, tail_bound):
    """Inverse of the spline, number by number: bisection on equation 4 of Durkan et al. (2019)."""
    widths = 2 * tail_bound * (1e-3 + (1 - 1e-3 * bins) * torch.softmax(parameters[:bins], 0))
    heights = 2 * tail_bound * (
        1e-3 + (1 - 1e-3 * bins) * torch.softmax(parameters[bins : 2 * bins], 0)
    )
    shift = np.log(np.expm1(1 - 1e-3))
    inner = 1e-3 + torch.nn.functional.softplus(parameters[2 * bins :] + shift)
    found = []
    for d in range(len(x)):
        if abs(x[d]) >= tail_bound:
            found.append(x[d])
            continue
        left = torch.cat([torch.zeros(1), torch.cumsum(widths[:, d], 0)]) - tail_bound
        bottom = torch.cat([torch.zeros(1), torch.cumsum(heights[:, d], 0)]) - tail_bound
        slopes = torch.cat([torch.ones(1), inner[:, d], torch.ones(1)])
        k = int((x[d] >= bottom).sum()) - 1
        w, h = widths[k, d], heights[k, d]
        s = h / w

        def image(xi, k=k, h=h, s=s, slopes=slopes, bottom=bottom):
            both = xi * (1 - xi)
            under = s + (slopes[k] + slopes[k + 1] - 2 * s) * both
            return bottom[k] + h * (s * xi**2 + slopes[k] * both) / under

        low, high = 0.0, 1.0
        with torch.no_grad():
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if image(torch.tensor(middle)) < x[d] else (low, middle)
        # One step of Newton's method gives the root its derivatives.
        xi = torch.tensor(low, dtype=x.dtype, requires_grad=True)
        slope = torch.autograd.grad(image(xi), xi)[0].detach()
        xi = low + (x[d] - image(torch.tensor(low, dtype=x.dtype))) / slope
        found.append(left[k] + w * xi)
    return torch.stack(found)


@pytest.mark.parametrize("kind", [flows.MaskedAutoregressive, flows.InverseAutoregressive])
@pytest.mark.parametrize("dim, hidden_dims", [(1, (3,)), (2, (5, 4)), (9, (4, 3, 5))])
@pytest.mark.parametrize("context_dim", [0, 2])
def test_sequential_direction_at_any_width(kind, dim, hidden_dims, context_dim):
    options = {"context_dim": context_dim, "activation": "tanh", "dtype": "float64"}
    forward, inverse = directions(moved(kind(dim, flows.Affine(), hidden_dims, **options)))
    z = np.random.default_rng(2).normal(size=(N, dim))
    x, log_det = forward(z)
    back, log_det_back = inverse(x)
    np.testing.assert_allclose(back, z, atol=1e-9)
    np.testing.assert_allclose(log_det, -log_det_back, atol=1e-9)


def test_sequential_direction_has_its_gradient(rng):
    """Through the scan of an inverse autoregressive flow's density, by central differences."""
    bijector = moved(flows.InverseAutoregressive(3, flows.Affine(), (5, 4), dtype="float64"))
    x = rng.normal(size=(4, 3))
    z, log_det = bijector.inverse_and_log_det(pt.constant(x))
    loss = pt.sqr(z).sum() - log_det.sum()
    grads = pytensor.grad(loss, bijector.params)
    f = pytensor.function([], [loss, *grads], mode=backends.select("py"))
    _, *gradients = f()
    for param, gradient in zip(bijector.params, gradients, strict=True):
        value, losses = param.get_value(), []
        direction = rng.normal(size=value.shape)
        for sign in (1, -1):
            param.set_value(value + sign * 1e-5 * direction)
            losses.append(f()[0])
        param.set_value(value)
        slope = (losses[0] - losses[1]) / 2e-5
        assert slope == pytest.approx((gradient * direction).sum(), rel=1e-5, abs=1e-7), param.name


def dependences(way, dim):
    """Which numbers of the image of one vector, rows, depend on which of its own, by differences."""
    v = pt.dmatrix("v")
    f = pytensor.function([v], way(v), mode=backends.select("py"))
    place, steps = np.linspace(-1, 1, dim), 1e-5 * np.eye(dim)
    return abs(f(place + steps) - f(place - steps)).T > 1e-13


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", [flows.MaskedAutoregressive, flows.InverseAutoregressive])
def test_each_number_depends_on_all_that_come_before_it_in_its_order(kind, reverse):
    options = {"activation": "tanh", "reverse": reverse, "dtype": "float64"}
    bijector = moved(kind(4, flows.Affine(), (12, 12), **options))
    at_once = bijector.to_latent if kind is flows.MaskedAutoregressive else bijector.to_data
    before = np.triu if reverse else np.tril
    np.testing.assert_array_equal(dependences(at_once, 4), before(np.ones((4, 4))) > 0)


@pytest.mark.parametrize(
    "kind", [flows.Coupling, flows.MaskedAutoregressive, flows.InverseAutoregressive]
)
def test_each_number_that_is_changed_depends_on_the_context(kind):
    """The first in order too, which depends on no other number."""
    bijector = moved(kind(4, flows.Affine(), context_dim=2, **OPTIONS))
    v, context = pt.constant(np.linspace(-1, 1, 4)[None]), pt.dmatrix("context")
    at_once = bijector.to_data if kind is flows.InverseAutoregressive else bijector.to_latent
    f = pytensor.function([context], at_once(v, context), mode=backends.select("py"))
    for one in np.eye(2)[:, None]:
        changed = (f(one) != f(0 * one))[0]
        np.testing.assert_array_equal(changed, np.arange(4) >= (2 if kind is flows.Coupling else 0))


def test_spline_is_the_identity_outside_and_continuous_at_its_knots():
    spline = flows.RationalQuadraticSpline(bins=5, tail_bound=3.0)
    parameters = np.random.default_rng(3).normal(size=(spline.n_parameters, 1, 1))
    v = pt.dmatrix("v")
    # The same parameters for all values: (n_parameters, values, 1).
    shared = pt.constant(parameters) + pt.zeros_like(v)[None]
    f = pytensor.function([v], spline.forward(v, shared), mode=backends.select("py"))
    values = np.linspace(-4, 4, 4001)[:, None]
    image, log_slope = f(values)
    outside = abs(values) > 3
    np.testing.assert_array_equal(image[outside], values[outside])
    assert not log_slope[outside].any()
    assert (np.diff(image[:, 0]) > 0).all()
    assert abs(np.diff(image[:, 0])).max() < 0.1
    slope = np.gradient(image[:, 0], values[:, 0])
    assert abs(np.exp(log_slope[1:-1, 0]) - slope[1:-1]).max() < 0.05 * slope.max()


def test_zeros_make_every_transform_the_identity():
    v = pt.constant(np.linspace(-3, 3, 7)[:, None])
    for transform in (flows.Additive(), flows.Affine(), SPLINE):
        parameters = pt.zeros((transform.n_parameters, 7, 1), dtype="float64")
        for way in (transform.forward, transform.inverse):
            image, log_slope = (out.eval(mode="FAST_COMPILE") for out in way(v, parameters))
            np.testing.assert_allclose(image, v.data, atol=1e-12)
            np.testing.assert_allclose(log_slope, 0, atol=1e-12)


# --- Flows --------------------------------------------------------------------------------------

SMALL = {"hidden_dims": (6,), "activation": "tanh", "dtype": "float64"}
PLANE = {
    "gaussian": lambda: flows.Gaussian(2, dtype="float64"),
    "nice": lambda: flows.NICE(2, 2, **SMALL),
    "realnvp": lambda: flows.RealNVP(2, 2, **SMALL),
    "maf": lambda: flows.MAF(2, 2, **SMALL),
    "iaf": lambda: flows.IAF(2, 1, **SMALL),
    "glow": lambda: flows.Glow(2, 1, **SMALL),
    "neural_spline": lambda: flows.NeuralSpline(2, 1, bins=3, **SMALL),
    "neural_spline_ar": lambda: flows.NeuralSplineAutoregressive(2, 1, bins=3, **SMALL),
}


def log_prob_function(model):
    x = pt.dmatrix("x")
    return pytensor.function([x], model.log_prob(x), mode=backends.select("py"))


def test_every_flow_of_vectors_is_on_the_plane():
    assert {*PLANE, "glow_images"} == set(flows.MODELS)


@pytest.mark.parametrize("name", [*PLANE, "realnvp, conditional"])
def test_flow_inverts_and_its_log_det_is_that_of_the_jacobian(name):
    build = PLANE.get(name, lambda: flows.RealNVP(2, 2, context_dim=2, **SMALL))
    model = moved(build(), 0.3)
    forward, inverse = directions(model)
    z = values(2)
    x, log_det = forward(z)
    back, log_det_back = inverse(x)
    np.testing.assert_allclose(back, z, atol=1e-9)
    np.testing.assert_allclose(log_det, log_det_by_differences(forward, z), atol=1e-6)
    np.testing.assert_allclose(log_det_back, -log_det, atol=1e-9)
    context = pt.constant(CONTEXT) if model.context_dim else None
    there, again = model.to_data(pt.constant(z), context), model.to_latent(pt.constant(x), context)
    np.testing.assert_allclose(there.eval(mode="FAST_COMPILE"), x, rtol=1e-12)
    np.testing.assert_allclose(again.eval(mode="FAST_COMPILE"), back, rtol=1e-9, atol=1e-12)
    assert abs(x - z).max() > 0.1


@pytest.mark.parametrize(
    "model",
    [
        flows.NICE(4, 3, **SMALL),
        flows.RealNVP(4, 3, **SMALL),
        flows.MAF(4, 2, **SMALL),
        flows.IAF(4, 2, **SMALL),
        flows.Glow(4, 1, **SMALL),
        flows.NeuralSpline(4, 2, bins=3, **SMALL),
        flows.NeuralSplineAutoregressive(4, 2, bins=3, **SMALL),
    ],
    ids=lambda model: model.name,
)
def test_parts_and_orders_alternate_so_that_all_numbers_meet(model):
    moved(model)
    assert dependences(model.to_data if model.name == "iaf" else model.to_latent, 4).all()


@pytest.mark.parametrize("kind", [flows.NICE, flows.RealNVP])
def test_the_first_coupling_keeps_the_even_places_and_changes_the_odd(kind):
    depends = dependences(moved(kind(5, 1, **SMALL)).to_data, 5)
    # Of the latent numbers the first three are kept: they are those at places 0, 2 and 4.
    np.testing.assert_array_equal(depends[[0, 2, 4]], np.eye(5)[:3] > 0)
    np.testing.assert_array_equal(depends[[1, 3]], [[1, 1, 1, 1, 0], [1, 1, 1, 0, 1]])


def test_the_layers_of_a_flow_do_not_begin_alike():
    for model in (flows.RealNVP(4, 2), flows.MAF(4, 2), flows.GlowImages(16, n_steps=2)):
        firsts = {p.name: p.get_value() for p in model.params if p.name.endswith("0.W")}
        assert len(firsts) >= 2
        by_shape = {}
        for first in firsts.values():
            by_shape.setdefault(first.shape, []).append(first)
        for like_one in by_shape.values():
            for other in like_one[1:]:
                assert (like_one[0] != other).any()


@pytest.mark.parametrize("name", PLANE)
def test_density_integrates_to_one_and_gives_the_moments_of_the_samples(name):
    model = moved(PLANE[name](), 0.3)
    side = np.linspace(-12, 12, 301)
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    mass = np.exp(log_prob_function(model)(grid)) * (side[1] - side[0]) ** 2
    assert mass.sum() == pytest.approx(1, abs=3e-3)
    mean = mass @ grid
    covariance = (grid - mean).T @ ((grid - mean) * mass[:, None])
    srng, n = RandomStreams(2), 10_000
    draw = pytensor.function([], model.sample(n, srng), mode=backends.select("py"))
    x = draw()
    error = np.sqrt(np.diag(covariance) / n)
    assert (abs(x.mean(axis=0) - mean) < 5 * error).all()
    np.testing.assert_allclose(np.cov(x.T), covariance, atol=0.08 * np.diag(covariance).max())


def test_density_on_the_line_integrates_to_one():
    for model in (
        flows.NeuralSplineAutoregressive(1, 2, bins=4, **SMALL),
        flows.MAF(1, 2, **SMALL),
        flows.Gaussian(1, dtype="float64"),
    ):
        line = np.linspace(-30, 30, 30_001)[:, None]
        density = np.exp(log_prob_function(moved(model))(line))
        assert density.sum() * (line[1, 0] - line[0, 0]) == pytest.approx(1, abs=1e-4)


def test_density_changes_with_the_context_and_integrates_to_one_for_each():
    # The first number too depends on the context, though on no other number.
    model = moved(flows.MAF(2, 1, context_dim=3, **SMALL), 0.4)
    side = np.linspace(-15, 15, 401)
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    x, context = pt.dmatrix("x"), pt.dmatrix("context")
    f = pytensor.function([x, context], model.log_prob(x, context), mode=backends.select("py"))
    marginals = []
    for one_hot in np.eye(3):
        density = np.exp(f(grid, np.tile(one_hot, (len(grid), 1)))).reshape(401, 401)
        assert density.sum() * (side[1] - side[0]) ** 2 == pytest.approx(1, abs=5e-3)
        marginals.append(density.sum(axis=1) * (side[1] - side[0]))
    for a, b in ((0, 1), (1, 2)):
        assert abs(marginals[a] - marginals[b]).sum() * (side[1] - side[0]) > 0.05


def test_gaussian_is_scipys(rng):
    x = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 3)) + 2
    model = flows.Gaussian(3, dtype="float64")
    model.maximize_likelihood(x)
    expected = scipy.stats.multivariate_normal(x.mean(axis=0), np.cov(x.T, bias=True)).logpdf(x)
    np.testing.assert_allclose(log_prob_function(model)(x), expected)


def test_bases_are_scipys(rng):
    z = rng.normal(size=(5, 3))
    for base, scipys in (
        (flows.StandardNormal(3), scipy.stats.norm),
        (flows.StandardLogistic(3), scipy.stats.logistic),
    ):
        value = base.log_prob(pt.constant(z)).eval(mode="FAST_COMPILE")
        np.testing.assert_allclose(value, scipys.logpdf(z).sum(axis=1))
        srng = RandomStreams(1)
        draws = base.sample(4000, srng, "float64").eval(mode=backends.select("py"))
        assert scipy.stats.kstest(draws.ravel(), scipys.cdf).pvalue > 1e-3


def test_mixture_base_is_scipys_and_its_draws_are_its_own(rng):
    base = moved(flows.GaussianMixture(2, 3, dtype="float64"))
    mu, log_var, logits = (param.get_value() for param in base.params)
    weights = scipy.special.softmax(logits)
    parts = [scipy.stats.multivariate_normal(m, np.diag(np.exp(v))) for m, v in zip(mu, log_var)]
    z = rng.normal(size=(5, 2))
    expected = np.log(sum(w * part.pdf(z) for w, part in zip(weights, parts)))
    value = base.log_prob(pt.constant(z)).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(value, expected)
    n = 20_000
    draws = base.sample(n, RandomStreams(1), "float64").eval(mode=backends.select("py"))
    mean = weights @ mu
    variance = weights @ (np.exp(log_var) + (mu - mean) ** 2)
    assert (abs(draws.mean(axis=0) - mean) < 5 * np.sqrt(variance / n)).all()
    np.testing.assert_allclose(draws.var(axis=0), variance, rtol=0.05)


def test_a_flow_over_a_mixture_learns_the_mixture_too():
    bijectors = flows.RealNVP(2, 1, **SMALL).bijectors
    model = flows.Flow(flows.GaussianMixture(2, 3, dtype="float64"), bijectors, dtype="float64")
    assert {"base.mu", "base.log_var", "base.logits"} < {p.name for p in model.params}
    side = np.linspace(-12, 12, 301)
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    mass = np.exp(log_prob_function(moved(model, 0.3))(grid)) * (side[1] - side[0]) ** 2
    assert mass.sum() == pytest.approx(1, abs=3e-3)
    twin = eval(repr(model), vars(flows).copy())
    assert twin.settings == model.settings


def test_initialize_standardises_what_each_actnorm_sees(rng):
    x = rng.normal(3, 2, size=(50, 4))
    model = flows.Glow(4, 2, **SMALL)
    model.initialize(x)
    value = pt.constant(x)
    for bijector in reversed(model.bijectors):
        value = bijector.to_latent(value)
        if isinstance(bijector, flows.ActNorm):
            seen = value.eval(mode="FAST_COMPILE")
            np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-9)
            np.testing.assert_allclose(seen.std(axis=0), 1)


@pytest.mark.parametrize("name", PLANE)
def test_a_flow_begins_with_standardised_data_whatever_their_scale(name, rng):
    """Networks begin as the identity; rotations keep means of 0 and the sum of the variances."""
    x = rng.normal(3, 2, size=(50, 4)) * [1, 10, 100, 0.1]
    sizes = {} if name == "gaussian" else {"n_layers": 2, "hidden_dims": (6,)}
    model = flows.MODELS[name](4, dtype="float64", **sizes)
    model.initialize(x)
    z = model.to_latent(pt.constant(x)).eval(mode="FAST_COMPILE")
    assert z.var(axis=0).sum() == pytest.approx(4)
    if name != "nice":  # its scaling does not shift
        np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-9)


def test_initialize_sees_what_a_context_makes_of_the_data(rng):
    """Layers whose networks have moved: each norm standardises what comes through them."""
    x, context = rng.normal(size=(N, 4)), CONTEXT
    model = moved(flows.RealNVP(4, 2, context_dim=2, **SMALL))
    model.initialize(x, context)
    value = pt.constant(x)
    for bijector in reversed(model.bijectors):
        value = bijector.to_latent(value, pt.constant(context) if bijector.context_dim else None)
        if isinstance(bijector, flows.ActNorm):
            seen = value.eval(mode="FAST_COMPILE")
            np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-9)
            np.testing.assert_allclose(seen.std(axis=0), 1)


def test_initialize_sees_grey_levels_with_their_noise():
    """A level k of L is uniform on [k / L, (k + 1) / L), of standard deviation 1 / (L sqrt 12)."""
    norm = flows.ActNorm(2, dtype="float64")
    model = flows.Flow(flows.StandardNormal(2), [norm], levels=4, dtype="float64")
    model.initialize(np.tile([1 / 3, 1.0], (2000, 1)))
    np.testing.assert_allclose(norm.shift.get_value(), [1.5 / 4, 3.5 / 4], atol=0.01)
    np.testing.assert_allclose(np.exp(norm.log_scale.get_value()), 1 / 4 / np.sqrt(12), rtol=0.05)


def test_the_triangular_map_is_first_set_to_standardise(rng):
    x = rng.normal(3, 2, size=(50, 3)) * [1, 10, 0]
    affine = moved(flows.TriangularAffine(3, dtype="float64"))
    affine.initialize(x)
    z = affine.to_latent(pt.constant(x)).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(z.std(axis=0), [1, 1, 0], atol=1e-9)


def test_an_invertible_matrix_begins_as_a_rotation_of_its_seed():
    first, other = (
        flows.InvertibleLinear(6, seed, dtype="float64")
        .to_latent(pt.constant(np.eye(6)))
        .eval(mode="FAST_COMPILE")
        for seed in (0, 1)
    )
    np.testing.assert_allclose(first @ first.T, np.eye(6), atol=1e-12)
    assert abs(first - np.eye(6)).max() > 0.5 and abs(first - other).max() > 0.5


def test_a_constant_number_keeps_its_scale():
    norm = flows.ActNorm(2)
    norm.initialize(np.array([[1.0, 5.0], [3.0, 5.0]]))
    np.testing.assert_allclose(norm.shift.get_value(), [2, 5])
    np.testing.assert_allclose(norm.log_scale.get_value(), [0, 0])


@pytest.mark.parametrize("name", ["realnvp", "maf", "glow", "neural_spline"])
def test_a_pixel_that_was_dark_at_first_may_be_bright_later(name, rng):
    """By default its density is small then, not so small that its gradient ends the training."""
    model = flows.MODELS[name](4, n_layers=1, hidden_dims=(3,), levels=256)
    dark = rng.integers(0, 256, (100, 4)) / 255 * [1, 1, 1, 0]
    model.initialize(dark)
    bright = pt.as_tensor(np.ones((1, 4), "float32"))
    nll = model.example_terms(bright, RandomStreams(0))["nll"]
    assert pytensor.function([], nll, mode=backends.select("py"))()[0] < 500


@pytest.mark.parametrize("levels", [2, 5, 256])
def test_a_level_with_its_noise_is_quantised_to_the_level(levels):
    x = np.tile(np.arange(levels) / (levels - 1), (200, 1))
    noisy = dequantize(pt.constant(x), levels, RandomStreams(0)).eval(mode=backends.select("py"))
    cells = noisy * levels
    assert (cells >= np.arange(levels)).all() and (cells < np.arange(levels) + 1).all()
    assert abs((cells % 1).mean() - 0.5) < 0.05 and abs((cells % 1).std() - 12**-0.5) < 0.05
    back = quantize(pt.constant(noisy), levels).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(back, x, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in PLANE if name != "nice"] + ["glow_images"])
def test_grey_levels_come_to_the_line_by_the_logit_of_alpha(name):
    """The last of the bijectors is SciPy's logit of alpha + (1 - 2 alpha) x; of real numbers there is none."""
    kind, y = flows.MODELS[name], np.random.default_rng(1).random((3, 4))
    sizes = {"n_scales": 1} if name == "glow_images" else {}
    assert not any(isinstance(part, flows.Logit) for part in kind(4, **sizes).bijectors)
    last = kind(4, levels=5, alpha=0.07, dtype="float64", **sizes).bijectors[-1]
    z = last.to_latent(pt.constant(y)).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(z, scipy.special.logit(0.07 + 0.86 * y))


def test_samples_of_grey_levels_are_grey_levels():
    model = moved(flows.RealNVP(4, 1, levels=5, **SMALL))
    x = model.sample(50, RandomStreams(1)).eval(mode=backends.select("py"))
    assert set(np.round(x * 4, 9).ravel()) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    "model, scans_to_sample, scans_of_density",
    [
        (flows.RealNVP(3, 4, (5,)), 0, 0),
        (flows.NeuralSpline(3, 2, hidden_dims=(5,)), 0, 0),
        (flows.GlowImages(16, n_steps=1, hidden_channels=2), 0, 0),
        (flows.MAF(9, 4, (5,)), 4, 0),
        (flows.MAF(8, 4, (5,)), 0, 0),  # its few steps are written out
        (flows.IAF(9, 4, (5,)), 0, 4),
    ],
)
def test_only_the_sequential_direction_of_a_layer_is_a_scan(
    model, scans_to_sample, scans_of_density
):
    """One pass of each network otherwise; a scan goes through the numbers once."""

    def scans(output):
        nodes = {variable.owner for variable in ancestors([output]) if variable.owner}
        return sum(isinstance(node.op, Scan) for node in nodes)

    assert scans(model.sample(5, RandomStreams(1))) == scans_to_sample
    assert scans(model.log_prob(pt.fmatrix("x"))) == scans_of_density


# --- Images -------------------------------------------------------------------------------------


def small_glow(image_shape=(4, 4), **settings):
    options = {"n_steps": 1, "hidden_channels": 4, "activation": "tanh", "dtype": "float64"}
    return flows.GlowImages(np.prod(image_shape), image_shape, **options | settings)


def test_squeeze_puts_squares_of_pixels_into_channels():
    images = np.arange(8.0).reshape(1, 8)  # 2 rows, 4 columns
    squeezed = flows.Squeeze((2, 4, 1)).to_latent(pt.constant(images)).eval(mode="FAST_COMPILE")
    np.testing.assert_array_equal(squeezed.reshape(2, 4), [[0, 1, 4, 5], [2, 3, 6, 7]])


def test_each_pixel_is_a_1x1_convolution(rng):
    """Against the same matrix multiplied onto the channels by einsum."""
    linear = moved(flows.InvertibleLinear(3, dtype="float64"))
    matrix = linear.to_latent(pt.constant(np.eye(3))).eval(mode="FAST_COMPILE")
    images = rng.normal(size=(5, 2, 4, 3))
    z, log_det = (
        out.eval(mode="FAST_COMPILE")
        for out in flows.EachPixel((2, 4, 3), linear).inverse_and_log_det(
            pt.constant(images.reshape(5, -1))
        )
    )
    expected = np.einsum("brci,ij->brcj", images, matrix)
    np.testing.assert_allclose(z, expected.reshape(5, -1), atol=1e-12)
    np.testing.assert_allclose(log_det, np.full(5, 8 * np.linalg.slogdet(matrix)[1]))


def test_split_is_a_gaussian_prior_of_what_leaves(rng):
    """log N(z) + log det is log N(x_a) + log N(x_b; t, exp(2 s)) by SciPy."""
    split = moved(flows.ChannelSplit((2, 2, 2), flows.Affine(), 4, **NETWORK))
    x = rng.normal(size=(3, 8))
    z, log_det = (
        out.eval(mode="FAST_COMPILE") for out in split.inverse_and_log_det(pt.constant(x))
    )
    a, b = x.reshape(3, 4, 2)[..., 0], x.reshape(3, 4, 2)[..., 1]
    np.testing.assert_array_equal(z[:, :4], a)
    t, raw = (
        split.network(pt.constant(a.reshape(3, 1, 2, 2))).eval(mode="FAST_COMPILE")[:, k]
        for k in (0, 1)
    )
    scale = np.exp(5 * np.tanh(raw / 5)).reshape(3, 4)
    expected = scipy.stats.norm.logpdf(a).sum(axis=1)
    expected += scipy.stats.norm.logpdf(b, t.reshape(3, 4), scale).sum(axis=1)
    np.testing.assert_allclose(scipy.stats.norm.logpdf(z).sum(axis=1) + log_det, expected)


@pytest.mark.parametrize("image_shape, n_scales", [((4, 4), 2), ((2, 6), 1)])
def test_glow_of_images_inverts_and_its_log_det_is_that_of_the_jacobian(image_shape, n_scales, rng):
    model = moved(small_glow(image_shape, n_scales=n_scales), 0.3)
    forward, inverse = directions(model)
    x = rng.normal(size=(N, model.input_dim))
    z, log_det = inverse(x)
    np.testing.assert_allclose(forward(z)[0], x, atol=1e-8)
    np.testing.assert_allclose(log_det, log_det_by_differences(inverse, x), atol=1e-6)
    expected = scipy.stats.norm.logpdf(z).sum(axis=1) + log_det
    np.testing.assert_allclose(log_prob_function(model)(x), expected)


def test_glow_of_images_integrates_to_one(rng):
    """By importance sampling from a wide Gaussian, of images of four pixels."""
    model = moved(small_glow((2, 2), n_scales=1, n_steps=2), 0.3)
    srng = RandomStreams(3)
    draws = pytensor.function([], model.sample(20_000, srng), mode=backends.select("py"))()
    wide = scipy.stats.multivariate_t(draws.mean(axis=0), 1.5 * np.cov(draws.T), df=5, seed=rng)
    x = wide.rvs(100_000)
    weights = np.exp(log_prob_function(model)(x) - wide.logpdf(x))
    error = weights.std() / np.sqrt(len(weights))
    assert error < 0.02 and abs(weights.mean() - 1) < 4 * error


def test_initialize_standardises_the_channels_of_every_step(rng):
    model = small_glow(n_steps=2)
    x = rng.normal(3, 2, size=(40, 16))
    model.initialize(x)
    found, _ = flows.Chain(model.bijectors).lookers(pt.constant(x), None)
    assert [bijector.dim for bijector, _ in found] == [4, 4, 8, 8]
    for bijector, seen in found:
        z = bijector.to_latent(seen).eval(mode="FAST_COMPILE")
        np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(z.std(axis=0), 1)


@pytest.mark.parametrize(
    "build, error, words",
    [
        (lambda: flows.GlowImages(784, n_scales=3), ShapeError, "n_scales"),
        (lambda: flows.GlowImages(15, (3, 5), 1), ShapeError, "pad"),
        (lambda: flows.GlowImages(15), ShapeError, "image_shape"),
        (lambda: flows.GlowImages(16, n_steps=0), RangeError, "n_steps"),
        (lambda: flows.GlowImages(16, hidden_channels=0), RangeError, "hidden_channels"),
        (lambda: flows.Squeeze((3, 2, 1)), ShapeError, "even"),
        (lambda: flows.Squeeze((4, 4)), ShapeError, "channels"),
        (lambda: flows.ChannelCoupling((2, 2, 1), flows.Affine()), RangeError, "Squeeze"),
        (lambda: flows.EachPixel((2, 2, 3), flows.ActNorm(4)), ShapeError, "dim"),
        (lambda: flows.Part(2, flows.ActNorm(3)), ShapeError, "dim"),
    ],
)
def test_images_that_cannot_be(build, error, words):
    with pytest.raises(error, match=words):
        build()


# --- What cannot be -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [flows.NICE, flows.RealNVP, flows.Glow, flows.NeuralSpline])
def test_a_coupling_flow_on_one_dimension_is_refused(kind):
    with pytest.raises(RangeError, match="autoregressive"):
        kind(1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_data_that_are_not_finite_are_refused(value):
    x = np.ones((3, 2), "float32")
    x[1, 1] = value
    with pytest.raises(NonFiniteError, match="finite"):
        flows.MAF(2, 1).initialize(x)


def test_data_that_are_no_grey_levels_are_refused():
    with pytest.raises(RangeError, match="levels"):
        flows.MAF(2, 1, levels=4).initialize(np.full((3, 2), 0.5, "float32"))


@pytest.mark.parametrize(
    "build, error, words",
    [
        (lambda: flows.MAF(2, levels=1), RangeError, "256"),
        (lambda: flows.MAF(2, n_layers=0), RangeError, "n_layers"),
        (lambda: flows.MAF(2, hidden_dims=()), RangeError, "hidden"),
        (lambda: flows.MAF(2, levels=4, alpha=0.5), RangeError, "alpha"),
        (lambda: flows.NeuralSpline(2, bins=1), RangeError, "bins"),
        (lambda: flows.NeuralSpline(2, tail_bound=0), RangeError, "tail_bound"),
        (lambda: flows.Permutation(3, (0, 0, 1)), RangeError, "order"),
        (lambda: flows.Chain([]), SettingsError, "bijector"),
        (lambda: flows.Chain([flows.Reverse(2), flows.Reverse(3)]), ShapeError, "dim"),
        (lambda: flows.Chain([flows.Scaling(2), flows.Scaling(2)]), SettingsError, "name="),
        (lambda: flows.Flow(flows.StandardNormal(3), [flows.Reverse(2)]), ShapeError, "dim"),
        (
            lambda: flows.Flow(flows.GaussianMixture(2, dtype="float64"), [flows.Scaling(2)]),
            DtypeError,
            "base",
        ),
        (lambda: flows.GaussianMixture(2, 0), RangeError, "components"),
        (
            lambda: flows.Flow(flows.StandardNormal(2), [flows.Scaling(2, dtype="float64")]),
            DtypeError,
            "dtype",
        ),
        (
            lambda: flows.Chain(
                [
                    flows.Coupling(2, flows.Affine(), context_dim=2, name="a"),
                    flows.Coupling(2, flows.Affine(), context_dim=3, name="b"),
                ]
            ),
            SettingsError,
            "context",
        ),
    ],
)
def test_compositions_that_cannot_be(build, error, words):
    with pytest.raises(error, match=words):
        build()


def test_context_given_or_missing_wrongly():
    x = pt.fmatrix("x")
    with pytest.raises(SettingsError, match="context="):
        flows.MAF(2, 1, context_dim=3).log_prob(x)
    with pytest.raises(SettingsError, match="context_dim="):
        flows.MAF(2, 1).log_prob(x, context=x)
    with pytest.raises(ShapeError):
        flows.MAF(2, 1, context_dim=3).log_prob(x, pt.TensorType("float32", (None, 2))())


def test_gaussian_of_too_few_examples_is_refused():
    with pytest.raises(ShapeError, match="examples"):
        flows.Gaussian(3).maximize_likelihood(np.ones((2, 3), "float32"))


def test_a_flow_of_ones_own_describes_itself():
    model = flows.Flow(
        flows.StandardNormal(2),
        [flows.Coupling(2, flows.Affine(), (3,)), flows.Permutation(2), flows.ActNorm(2)],
        seed=1,
    )
    twin = eval(repr(model), vars(flows).copy())
    assert twin.settings == model.settings
    for one, two in zip(model.params, twin.params, strict=True):
        np.testing.assert_array_equal(one.get_value(), two.get_value())


def test_masked_network_works_out_each_unit_once():
    """What a step of the scan multiplies is a block of weights, not whole layers."""
    options = {"rng": np.random.default_rng(1), "name": "network", "dtype": "float64"}
    network = MaskedNetwork(8, 2, (32, 32), "tanh", 0, False, **options)
    rows, valid = network._newly_final(network._degrees[0])
    assert rows.shape == (8, 5) and valid.sum() == 32
    np.testing.assert_array_equal(np.sort(rows[valid > 0]), np.arange(32))


def test_nices_scales_begin_at_those_of_the_data():
    """From 1 Adam took them there at its rate: hundreds of epochs for numbers of grey levels."""
    x = np.random.default_rng(0).normal(size=(500, 4)) * [0.01, 1.0, 30.0, 0.0]
    model = flows.NICE(4, dtype="float64")
    model.initialize(x)
    interleaved = x.std(axis=0)[[0, 2, 1, 3]]
    scaling = next(p for p in model.params if "scaling" in p.name)
    np.testing.assert_allclose(np.exp(scaling.get_value()), np.where(interleaved > 0, interleaved, 1))


@pytest.mark.parametrize("kind", [flows.Glow, flows.NeuralSpline, flows.NeuralSplineAutoregressive])
def test_maps_of_many_numbers_are_trained_at_a_smaller_rate(kind):
    assert kind(64, n_layers=1).training == flows.MAF.training
    large = kind(784, n_layers=1).training
    assert large["learning_rate"] == pytest.approx(0.001 * 64 / 784) and large["optimizer"] == "adam"
