"""``theano.ifelse``: an ``if`` that computes only the branch that it takes."""

from pytensor import ifelse

from symgen.theano._missing import attribute_lookup

__all__ = ["ifelse"]

__getattr__ = attribute_lookup(__name__)
