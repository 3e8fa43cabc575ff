"""MADE with one hidden layer of 500 units and one mask on static binarized MNIST, exact.

The paper trains with Adadelta and stops early; here it is Adam at a falling rate, and the epoch with
the best held-out likelihood. The number in print is that of the paper's best layer, of 8000 units:
``--set hidden_dim=8000 --set epochs=20``. A layer of 500 learns the training images by heart before it gets there.
"""

from benchmarks.reproductions import Published
from benchmarks.reproductions._autoregressive import likelihood_line
from symgen import models

PUBLISHED = Published(
    value=-88.40,
    unit="nats per example",
    what="test log p, static binarized MNIST",
    bound="exact",
    source="Germain et al. (2015), 8000 units, from memory, not checked",
    setting="one hidden layer of 8000 units, one mask",
)


def main(epochs=200, hidden_dim=500, n_masks=1, batch_size=100, learning_rate=1e-3, seed=0):
    """Train and evaluate; ``--set epochs=10`` for a first look."""

    def build(input_dim):
        return models.MADE(input_dim, (hidden_dim,), n_masks=n_masks, seed=seed)

    masks = "one mask" if n_masks == 1 else f"{n_masks} masks"
    label = f"MADE 784-{hidden_dim}, {masks}"
    options = {"batch_size": batch_size, "optimizer": "adam", "learning_rate": learning_rate}
    return [likelihood_line(build, label, PUBLISHED, epochs=epochs, seed=seed, **options)]
