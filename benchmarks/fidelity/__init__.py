"""Theano 1.0.5's own test suite, run against symgen's ``theano`` namespace."""
