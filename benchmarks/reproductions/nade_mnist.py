"""NADE with 500 hidden units on static binarized MNIST, exact.

The paper trains with plain gradient descent and a falling rate, an example at a time; here it is
Adam in minibatches.
"""

from benchmarks.reproductions import Published
from benchmarks.reproductions._autoregressive import likelihood_line
from symgen import models

PUBLISHED = Published(
    value=-88.33,
    unit="nats per example",
    what="test log p, static binarized MNIST",
    bound="exact",
    source="Larochelle and Murray (2011), as later papers quote it",
    setting="500 hidden units, fixed order",
)


def main(epochs=50, hidden_dim=500, batch_size=100, learning_rate=1e-3, seed=0):
    """Train and evaluate; ``--set epochs=5`` for a first look."""

    def build(input_dim):
        return models.NADE(input_dim, hidden_dim, seed=seed)

    label = f"NADE 784-{hidden_dim}"
    options = {"batch_size": batch_size, "optimizer": "adam", "learning_rate": learning_rate}
    return [likelihood_line(build, label, PUBLISHED, epochs=epochs, seed=seed, **options)]
