"""``theano.gpuarray.multinomial``: the Ops of :mod:`theano.sandbox.multinomial`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.sandbox.multinomial import (
    ChoiceFromUniform as GPUAChoiceFromUniform,
)
from symgen.theano.sandbox.multinomial import (
    MultinomialFromUniform as GPUAMultinomialFromUniform,
)
from symgen.theano.sandbox.multinomial import (
    MultinomialWOReplacementFromUniform as GPUAMultinomialWOReplacementFromUniform,
)

__all__ = [
    "GPUAChoiceFromUniform",
    "GPUAMultinomialFromUniform",
    "GPUAMultinomialWOReplacementFromUniform",
]

__getattr__ = attribute_lookup(__name__)
