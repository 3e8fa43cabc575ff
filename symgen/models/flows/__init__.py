"""Normalizing flows: invertible maps with exact densities.

A flow is a base distribution and bijectors, :class:`Flow`; the flows of the literature are such
compositions. ``MODELS`` has this family's rows of :data:`symgen.models.MODELS`.
"""

from symgen.models.flows.autoregressive import InverseAutoregressive, MaskedAutoregressive
from symgen.models.flows.base import GaussianMixture, StandardLogistic, StandardNormal
from symgen.models.flows.bijector import Bijector, Chain
from symgen.models.flows.coupling import Coupling
from symgen.models.flows.elementwise import ActNorm, Logit, Scaling
from symgen.models.flows.flow import Flow
from symgen.models.flows.gaussian import Gaussian
from symgen.models.flows.glow import Glow
from symgen.models.flows.glow_images import GlowImages
from symgen.models.flows.iaf import IAF
from symgen.models.flows.images import ChannelCoupling, ChannelSplit, EachPixel, Part, Squeeze
from symgen.models.flows.layered import LayeredFlow
from symgen.models.flows.linear import InvertibleLinear, Permutation, Reverse, TriangularAffine
from symgen.models.flows.maf import MAF
from symgen.models.flows.neural_spline import NeuralSpline, NeuralSplineAutoregressive
from symgen.models.flows.nice import NICE
from symgen.models.flows.realnvp import RealNVP
from symgen.models.flows.transforms import Additive, Affine, RationalQuadraticSpline

MODELS = {
    model.name: model
    for model in (
        Gaussian,
        NICE,
        RealNVP,
        MAF,
        IAF,
        Glow,
        GlowImages,
        NeuralSpline,
        NeuralSplineAutoregressive,
    )
}

__all__ = [
    "IAF",
    "MAF",
    "MODELS",
    "NICE",
    "ActNorm",
    "Additive",
    "Affine",
    "Bijector",
    "Chain",
    "ChannelCoupling",
    "ChannelSplit",
    "Coupling",
    "EachPixel",
    "Flow",
    "Gaussian",
    "GaussianMixture",
    "Glow",
    "GlowImages",
    "InverseAutoregressive",
    "InvertibleLinear",
    "LayeredFlow",
    "Logit",
    "MaskedAutoregressive",
    "NeuralSpline",
    "NeuralSplineAutoregressive",
    "Part",
    "Permutation",
    "RationalQuadraticSpline",
    "RealNVP",
    "Reverse",
    "Scaling",
    "Squeeze",
    "StandardLogistic",
    "StandardNormal",
    "TriangularAffine",
]
