"""Independent pixels on static binarized MNIST: the baseline that every density model must beat.

Shares of the training pixels, with half a success and half a failure more. Exact.
"""

from benchmarks.reproductions import Line
from benchmarks.reproductions._boltzmann import where
from symgen import datasets, evaluation, models

PUBLISHED = None


def main():
    """Count and evaluate."""
    data = datasets.load("binarized_mnist")
    model = models.RBM(data.dim, 1)  # a hidden unit without weights: independent pixels
    model.W.set_value(0 * model.W.get_value())
    model.initialize(data.splits["train"])
    log_z = evaluation.exact_log_z(model)
    result = evaluation.log_likelihood(model, data.splits["test"], log_z, **where(data, "test"))
    return [Line("independent pixels", result)]
