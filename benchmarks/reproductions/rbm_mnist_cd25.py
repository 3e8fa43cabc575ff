"""RBM of 500 hidden units on static binarized MNIST by CD-25, test log p by annealing.

The paper's binary images are of another draw, and its k grew while training; here it is 1, 3, 9 and 25, a
quarter of the epochs each. The rate falls along a line, momentum is 0.5 for five epochs and 0.9 then,
weights decay by 0.0002 (Hinton 2010). log Z is annealed forwards and backwards with the paper's 14 500 temperatures and 100 chains.
"""

from benchmarks.reproductions import Published
from benchmarks.reproductions._boltzmann import likelihood_lines, train
from symgen import datasets, models

PUBLISHED = Published(
    value=-86.34,
    unit="nats per example",
    what="test log p, binarized MNIST",
    bound="estimate",
    source="Salakhutdinov and Murray (2008)",
    setting="784-500, CD-25, AIS",
)


def main(
    epochs=100,
    n_hidden=500,
    k=25,
    batch_size=100,
    learning_rate=0.01,
    momentum=0.9,
    weight_decay=0.0002,
    chains=100,
    temperatures="paper",
    seed=0,
):
    """Train, anneal, evaluate."""
    data = datasets.load("binarized_mnist")
    rbm = models.RBM(data.dim, n_hidden, k=k, seed=seed)
    growing = [*(fewer for fewer in (1, 3, 9) if fewer < k), k]
    train(
        rbm, data.splits["train"], epochs, batch_size, learning_rate, momentum, growing,
        weight_decay=weight_decay, seed=seed,
    )  # fmt: skip
    label = f"RBM 784-{n_hidden}, CD-1 to CD-{k}, {epochs} epochs"
    return likelihood_lines(rbm, data, label, PUBLISHED, chains, temperatures, seed)
