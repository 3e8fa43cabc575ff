"""What ``import theano`` finds after ``pip install``: it hands out :mod:`symgen.theano`."""

from symgen.theano import _finder

_finder.take_name()
