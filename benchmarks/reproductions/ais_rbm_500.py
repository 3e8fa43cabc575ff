"""log Z of an RBM of 500 hidden units by annealing, from below and from above.

The machine is trained for some epochs of PCD-1 on static binarized MNIST. The lines are log Z in
nats: with few temperatures the two ends lie apart, with the paper's 14 500 they meet.
"""

import numpy as np

from benchmarks.reproductions import Line
from benchmarks.reproductions._boltzmann import train, where
from symgen import datasets, evaluation, models

PUBLISHED = None


def main(epochs=5, n_hidden=500, batch_size=100, learning_rate=0.05, chains=100, seed=0):
    """Train for a little, anneal with 100, 1000 and the paper's temperatures."""
    data = datasets.load("binarized_mnist")
    x = data.splits["train"]
    rbm = models.PersistentRBM(data.dim, n_hidden, seed=seed)
    train(rbm, x, epochs, batch_size, learning_rate, seed=seed)
    walks, lines = evaluation.Annealing(rbm), []
    paper = evaluation.ais_betas()
    start, _ = walks.forward(chains, paper, rbm.base_of(x), seed + 1)
    for betas in (np.linspace(0, 1, 100), np.linspace(0, 1, 1000), paper):
        options = {"data": x, "betas": betas, "seed": seed, "walks": walks}
        forward = evaluation.ais_log_z(rbm, n_chains=chains, **options)
        back = evaluation.reverse_ais_log_z(rbm, start, **options)
        for result, way in ((forward, "AIS"), (back, "reverse AIS")):
            label = f"RBM 784-{n_hidden}, {way}, {len(betas)} temperatures, {chains} chains"
            lines.append(Line(label, evaluation.Result(**result.as_dict() | where(data, "train"))))
    return lines
