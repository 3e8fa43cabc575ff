"""PyTensor's random variables.

The generator in the shared variable stays NumPy's: a seed set on it is heeded, functions on all
backends share it, and a call that fails leaves it as it was. Each draw takes one integer from a
copy of it, the seed of a PyTorch generator on the device that draws the numbers; the copy is the
new state. The numbers therefore are others than NumPy's of the same seed.
"""

import copy

import numpy as np
import torch
from pytensor.tensor.random.op import RandomVariable

from symgen.backends.torch.dtypes import is_float, torch_dtype
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code
from symgen.errors import BackendError


@emits(RandomVariable)
def emit_random(scope, node, arguments):
    """``(generator, draw)`` from a copy of the generator."""
    op = node.op
    name = op.name
    if name not in DRAWS:
        raise BackendError(
            "a distribution that backend 'torch' draws from (" + ", ".join(sorted(DRAWS)) + ")",
            f"{name} in {node}",
            "Transform uniform or normal draws, or use backend 'c', 'numba' or 'py'.",
        )
    rng, size, *parameters = arguments
    dtype = node.outputs[1].type.dtype
    draw = Draw(op, dtype, torch_dtype(dtype, str(node)), scope.device)
    fixed = size.dtype is None
    sizes = "None" if fixed else scope.integers(size)
    names = ", ".join(scope.tensor(value) for value in parameters)
    state = rng.name or scope.bind(rng.constant, "rng")
    return Code(f"{scope.bind(draw, 'draw')}({state}, {sizes}, {names})")


class Draw:
    """One random variable as a function of generator, size and parameters."""

    def __init__(self, op, name, dtype, device):
        self._draw = DRAWS[op.name]
        self._core = op.ndims_params
        self._dtype, self._device = dtype, device
        self._float = dtype if is_float(name) and name != "float16" else torch.float64

    def __call__(self, rng, size, *parameters):
        """Return the generator after the draw, and the draw."""
        rng = copy.deepcopy(rng)
        generator = torch.Generator(self._device)
        generator.manual_seed(int(rng.integers(2**63 - 1)))
        if size is None:
            shapes = [
                p.shape[: p.ndim - core] for p, core in zip(parameters, self._core, strict=True)
            ]
            size = torch.broadcast_shapes(*shapes)
        source = Source(generator, tuple(size), self._float, self._device)
        return rng, self._draw(source, *parameters).to(self._dtype)


class Source:
    """Standard draws of one size."""

    def __init__(self, generator, size, dtype, device):
        self.generator, self.size, self.dtype, self.device = generator, size, dtype, device

    def uniform(self):
        """Numbers in [0, 1)."""
        return self._like(torch.rand)

    def open_uniform(self):
        """Numbers in (0, 1): their logarithm is finite and not zero."""
        return self.uniform().clamp(min=torch.finfo(self.dtype).eps / 4)

    def normal(self):
        """Standard normal numbers."""
        return self._like(torch.randn)

    def exponential(self):
        """Exponential numbers of mean 1."""
        return -torch.log(self.open_uniform())

    def gamma(self, shape):
        """Gamma numbers of scale 1."""
        shape = shape.to(self.dtype).expand(self.size).contiguous()
        return torch._standard_gamma(shape, generator=self.generator)

    def full(self, parameter):
        """A parameter in the size of the draw, floating."""
        return parameter.to(self.dtype).expand(self.size).contiguous()

    def _like(self, call):
        return call(self.size, dtype=self.dtype, device=self.device, generator=self.generator)


def _categorical(source, p):
    cumulative = torch.cumsum(p.to(source.dtype), dim=-1)
    cumulative = cumulative / cumulative[..., -1:]
    u = source.uniform()[..., None]
    return (u >= cumulative.expand(*source.size, p.shape[-1])).sum(-1).clamp(max=p.shape[-1] - 1)


def _multinomial(source, n, p):
    """Each category in turn from what the earlier ones left: a chain of binomials."""
    p = p.to(source.dtype).expand(*source.size, p.shape[-1])
    left = n.to(source.dtype).expand(source.size).contiguous()
    rest, counts = torch.ones_like(left), []
    for k in range(p.shape[-1] - 1):
        share = torch.where(rest > 0, p[..., k] / rest, torch.zeros_like(rest)).clamp(0, 1)
        counts.append(torch.binomial(left, share, generator=source.generator))
        left = left - counts[-1]
        rest = rest - p[..., k]
    return torch.stack([*counts, left], dim=-1)


def _integers(source, low, high):
    u = torch.rand(source.size, dtype=torch.float64, device=source.device, generator=source.generator)
    span = (high - low).to(torch.float64)
    return low + torch.floor(u * span).to(torch.int64)


def _permutation(source, x):
    if source.size:
        raise BackendError(
            "one permutation at a time on backend 'torch'",
            f"a batch of shape {source.size}",
            "Draw uniform numbers and sort: argsort(u, axis=-1).",
        )
    n = int(x) if x.ndim == 0 else x.shape[0]
    order = torch.randperm(n, generator=source.generator, device=source.device)
    return order if x.ndim == 0 else x[order]


def _multivariate_normal(source, mean, cov):
    factor = torch.linalg.cholesky(cov.to(source.dtype))
    shape = (*source.size, mean.shape[-1])
    z = torch.randn(shape, dtype=source.dtype, device=source.device, generator=source.generator)
    return mean + (factor @ z[..., None])[..., 0]


def _dirichlet(source, alpha):
    shape = alpha.to(source.dtype).expand(*source.size, alpha.shape[-1]).contiguous()
    g = torch._standard_gamma(shape, generator=source.generator)
    return g / g.sum(-1, keepdim=True)


def _beta(source, a, b):
    x, y = source.gamma(a), source.gamma(b)
    return x / (x + y)


def _truncated_tangent(source):
    return torch.tan(np.pi * (source.uniform() - 0.5))


def _binomial(source, n, p):
    return torch.binomial(source.full(n), source.full(p), generator=source.generator)


def _geometric(source, p):
    return torch.ceil(torch.log(source.open_uniform()) / torch.log1p(-p.to(source.dtype))).clamp(min=1)


def _laplace(source, loc, scale):
    u = source.uniform() - 0.5
    return loc - scale * torch.sign(u) * torch.log1p(-2 * torch.abs(u))


def _logit(u):
    return torch.log(u) - torch.log1p(-u)


DRAWS = {
    "normal": lambda s, loc, scale: loc + scale * s.normal(),
    "lognormal": lambda s, loc, scale: torch.exp(loc + scale * s.normal()),
    "halfnormal": lambda s, loc, scale: loc + scale * torch.abs(s.normal()),
    "uniform": lambda s, low, high: low + (high - low) * s.uniform(),
    "exponential": lambda s, scale: scale * s.exponential(),
    "gamma": lambda s, shape, scale: scale * s.gamma(shape),
    "invgamma": lambda s, shape, scale: scale / s.gamma(shape),
    "beta": _beta,
    "dirichlet": _dirichlet,
    "t": lambda s, df, loc, scale: loc
    + scale * s.normal() / torch.sqrt(2 * s.gamma(df / 2) / df),
    "cauchy": lambda s, loc, scale: loc + scale * _truncated_tangent(s),
    "halfcauchy": lambda s, loc, scale: loc + scale * torch.abs(_truncated_tangent(s)),
    "laplace": _laplace,
    "gumbel": lambda s, loc, scale: loc - scale * torch.log(s.exponential()),
    "logistic": lambda s, loc, scale: loc + scale * _logit(s.open_uniform()),
    "weibull": lambda s, shape: s.exponential() ** (1 / shape),
    "pareto": lambda s, b, scale: scale * torch.exp(s.exponential() / b),
    "bernoulli": lambda s, p: s.uniform() < p,
    "binomial": _binomial,
    "geometric": _geometric,
    "poisson": lambda s, rate: torch.poisson(s.full(rate), generator=s.generator),
    "categorical": _categorical,
    "multinomial": _multinomial,
    "integers": _integers,
    "permutation": _permutation,
    "multivariate_normal": _multivariate_normal,
}
