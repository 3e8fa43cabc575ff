"""RBM of 500 hidden units on static binarized MNIST by persistent chains, test log p by annealing.

Tieleman's paper shows curves; the number beside ours is of PCD-25 after 250 epochs by another
program. The rate falls along a line. log Z is annealed forwards and backwards with the 14 500
temperatures of Salakhutdinov and Murray (2008) and 100 chains.
"""

from benchmarks.reproductions import Published
from benchmarks.reproductions._boltzmann import likelihood_lines, train
from symgen import datasets, models

PUBLISHED = Published(
    value=-86.5,
    unit="nats per example",
    what="test log p, binarized MNIST",
    bound="estimate",
    source="natural_bm, examples/long_demo.py",
    setting="784-500, PCD-25, 250 epochs, AIS",
)


def main(
    epochs=100,
    n_hidden=500,
    k=1,
    batch_size=100,
    n_chains=100,
    learning_rate=0.05,
    chains=100,
    temperatures="paper",
    seed=0,
):
    """Train, anneal, evaluate."""
    data = datasets.load("binarized_mnist")
    rbm = models.PersistentRBM(data.dim, n_hidden, k=k, n_chains=n_chains, seed=seed)
    train(rbm, data.splits["train"], epochs, batch_size, learning_rate, seed=seed)
    label = f"RBM 784-{n_hidden}, PCD-{k}, {epochs} epochs"
    return likelihood_lines(rbm, data, label, PUBLISHED, chains, temperatures, seed)
