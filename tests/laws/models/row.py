"""A row of the table of models: how to build a small one, and what to feed it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

INPUT_DIM = 6


def grey(dim=INPUT_DIM, n=7):
    """Values in [0, 1], shape (n, dim)."""
    return np.random.default_rng(0).random((n, dim))


def bits(dim=INPUT_DIM, n=7):
    """Zeros and ones, shape (n, dim)."""
    return (grey(dim, n) > 0.5).astype("float64")


def reals(dim=INPUT_DIM, n=7):
    """Standard normal values, shape (n, dim)."""
    return np.random.default_rng(0).normal(size=(n, dim))


def one_hot(classes=3, n=7):
    """Rows with a single 1, shape (n, classes)."""
    return np.eye(classes)[np.arange(n) % classes]


@dataclass
class Row:
    """One model of the table.

    Attributes
    ----------
    build : callable
        ``build(**settings)`` with ``seed`` and ``dtype`` makes a small model.
    x : array of shape (n, input_dim)
    context : array of shape (n, context_dim) or None
    finite_differences : bool
        Whether the gradient of each objective is the slope of its loss at fixed draws; not so
        where the loss is a device whose gradient alone has a meaning (contrastive divergence),
        which then has a test of its own.
    """

    build: Callable
    x: np.ndarray = field(default_factory=grey)
    context: np.ndarray | None = None
    finite_differences: bool = True
