"""A gated PixelCNN, 6 layers of 48 channels and 5 x 5 filters, on static binarized MNIST, exact.

The paper of the gated PixelCNN has colour images alone; the number in print is that of the PixelCNN before
it, of the paper's size. Sizes and epochs are for some minutes on a GPU, ``--set minutes=5``, where training with TF32,
``--set tf32=true``, is quicker; for a first look on a CPU ``--set channels=16 --set n_layers=3 --set epochs=1``.
"""

from benchmarks.reproductions import Published
from benchmarks.reproductions._autoregressive import likelihood_line
from symgen import models

PUBLISHED = Published(
    value=-81.30,
    unit="nats per example",
    what="test log p, static binarized MNIST",
    bound="exact",
    source="PixelCNN, van den Oord et al. (2016a), as later papers quote it",
    setting="PixelCNN of the paper's size, without gates",
)


def main(
    epochs=60, channels=48, n_layers=6, filter_size=5, batch_size=64, learning_rate=1e-3, minutes=0.0,
    tf32=False, seed=0,
):  # fmt: skip
    """Train and evaluate; with `minutes` training ends after those."""

    def build(input_dim):
        sizes = {"channels": channels, "n_layers": n_layers, "filter_size": filter_size}
        return models.GatedPixelCNN(input_dim, **sizes, seed=seed)

    label = f"gated PixelCNN, {n_layers} layers of {channels} channels, filters {filter_size} x {filter_size}"
    options = {"batch_size": batch_size, "optimizer": "adam", "learning_rate": learning_rate}
    options |= {"minutes": minutes, "tf32": tf32, "seed": seed}
    return [likelihood_line(build, label, PUBLISHED, epochs, **options)]
