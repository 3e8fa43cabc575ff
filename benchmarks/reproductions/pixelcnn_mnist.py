"""A small PixelCNN, 5 residual blocks of 32 channels, on static binarized MNIST, exact.

The paper's has 7 blocks of 128 channels or more, for which a CPU is too slow; the sizes can be set.
"""

from benchmarks.reproductions import Published
from benchmarks.reproductions._autoregressive import likelihood_line
from symgen import models

PUBLISHED = Published(
    value=-81.30,
    unit="nats per example",
    what="test log p, static binarized MNIST",
    bound="exact",
    source="van den Oord et al. (2016a), as later papers quote it",
    setting="PixelCNN of the paper's size",
)


def main(epochs=20, channels=32, n_blocks=5, batch_size=64, learning_rate=1e-3, seed=0):
    """Train and evaluate; ``--set epochs=1`` for a first look."""

    def build(input_dim):
        return models.PixelCNN(input_dim, channels=channels, n_blocks=n_blocks, seed=seed)

    label = f"PixelCNN, {n_blocks} blocks of {channels} channels"
    options = {"batch_size": batch_size, "optimizer": "adam", "learning_rate": learning_rate}
    return [likelihood_line(build, label, PUBLISHED, epochs=epochs, seed=seed, **options)]
