"""Symbolic computation graphs for generative models, faithful to Theano, on PyTensor."""

__version__ = "0.1.0"
