"""RBM of 500 hidden units on static binarized MNIST by CD-1, test log p by annealing.

The paper's binary images are of another draw, and its rates are not known to us. The rate falls along a line.
log Z is annealed forwards and backwards with the paper's 14 500 temperatures and 100 chains.

CD-1 does not climb the likelihood: past some epoch more training makes it worse (Fischer and Igel
2010), so that ``--set epochs=10`` ends above the hundred. It is the machine that gets worse and not the
annealing: forwards and backwards agree, and with ``--set n_hidden=16``, where log Z is exact, the
likelihood falls in the same way. Where training stops decides what CD-1 is worth.
"""

from benchmarks.reproductions import Published
from benchmarks.reproductions._boltzmann import likelihood_lines, train
from symgen import datasets, models

PUBLISHED = Published(
    value=-125.53,
    unit="nats per example",
    what="test log p, binarized MNIST",
    bound="estimate",
    source="Salakhutdinov and Murray (2008), table 1, from memory, not checked",
    setting="784-500, CD-1, AIS",
)


def main(
    epochs=100,
    n_hidden=500,
    k=1,
    batch_size=100,
    learning_rate=0.05,
    chains=100,
    temperatures="paper",
    seed=0,
):
    """Train, anneal, evaluate."""
    data = datasets.load("binarized_mnist")
    rbm = models.RBM(data.dim, n_hidden, k=k, seed=seed)
    train(rbm, data.splits["train"], epochs, batch_size, learning_rate, seed=seed)
    label = f"RBM 784-{n_hidden}, CD-{k}, {epochs} epochs"
    published = PUBLISHED if n_hidden == 500 else None
    return likelihood_lines(rbm, data, label, published, chains, temperatures, seed)
