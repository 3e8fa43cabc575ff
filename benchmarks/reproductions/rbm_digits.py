"""RBM of 20 hidden units on the 8 x 8 digits, log Z counted out exactly.

The digits are set to 0 and 1 at half of their range, in the fixed split of ``datasets.load("digits")``:
its training part without the validation part. Beside the machine stands the baseline of independent
pixels with the training shares. Every value is exact. On another split, 80 to 20 per cent at random,
the baseline was 25.29 nats.
"""

from benchmarks.reproductions import Line
from benchmarks.reproductions._boltzmann import train, where
from symgen import datasets, evaluation, models

PUBLISHED = None


def main(n_hidden=20, k=1, epochs=2000, batch_size=20, learning_rate=0.05, seed=0):
    """Train by persistent contrastive divergence, count out log Z."""
    data = datasets.binarize(datasets.load("digits"))
    x, test = data.splits["train"], data.splits["test"]
    baseline = models.RBM(data.dim, 1)  # a hidden unit without weights: independent pixels
    baseline.W.set_value(0 * baseline.W.get_value())
    baseline.initialize(x)
    rbm = models.PersistentRBM(data.dim, n_hidden, k=k, seed=seed)
    train(rbm, x, epochs, batch_size, learning_rate, seed=seed)
    lines = []
    for label, model in (("independent pixels", baseline), (f"RBM 64-{n_hidden}, PCD", rbm)):
        log_z = evaluation.exact_log_z(model)
        result = evaluation.log_likelihood(model, test, log_z, **where(data, "test"))
        lines.append(Line(label, result))
    return lines
