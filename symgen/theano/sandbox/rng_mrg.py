"""``theano.sandbox.rng_mrg``: MRG31k3p streams, the fast random numbers of Theano's users.

The numbers of a seed are Theano's. ``theano.function`` applies the updates of the states by itself.
"""

from symgen.ops.mrg import MRG_RandomStreams, ff_2p72, ff_2p134, guess_n_streams
from symgen.theano._missing import attribute_lookup

__all__ = ["MRG_RandomStreams", "ff_2p72", "ff_2p134", "guess_n_streams"]

__getattr__ = attribute_lookup(__name__)
