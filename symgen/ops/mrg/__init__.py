"""MRG31k3p streams: Theano's fast random numbers, the same on every backend."""

from symgen.ops.mrg.op import MRGUniform
from symgen.ops.mrg.pick import ChoiceFromUniform, MultinomialFromUniform
from symgen.ops.mrg.recurrence import ff_2p72, ff_2p134, substreams
from symgen.ops.mrg.streams import MRG_RandomStreams, guess_n_streams

__all__ = [
    "ChoiceFromUniform",
    "MRGUniform",
    "MRG_RandomStreams",
    "MultinomialFromUniform",
    "ff_2p72",
    "ff_2p134",
    "guess_n_streams",
    "substreams",
]
