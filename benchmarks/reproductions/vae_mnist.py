"""VAE 784-200-200-50 on static binarized MNIST: the importance-weighted bound up to k = 5000.

The published value is of 3280 epochs of batch 20 at falling rates; the default here is a cut of that,
50 epochs of batch 100 at one rate, and the bound is taken on test images drawn at random: the file has them
class by class. With ``--set k_train=5`` (or 50) the IWAE of k draws is trained instead. ``curve`` in the record
is the bound by k.
"""

import numpy as np

from benchmarks.reproductions import Line, Published
from symgen import datasets, models, training
from symgen.evaluation import importance_log_prob, iwae_curve

PUBLISHED = tuple(
    Published(
        value,
        "nats per example",
        f"test log p, static binarized MNIST, k = {k}",
        "lower bound",
        "Burda et al. 2016, appendix D",
        "3280 epochs of batch 20, learning rate from 1e-3 to 1e-4, 5000 draws",
    )
    for k, value in ((1, -88.71), (5, -87.63), (50, -87.10))
)


def main(epochs=50, k_train=1, k=5000, n_test=500, batch_size=100, learning_rate=0.001, seed=0):
    """Train, and return the bound at k = 50 and log p by importance sampling at `k`."""
    data = datasets.load("binarized_mnist")
    kind = models.IWAE if k_train > 1 else models.VAE
    draws = {"k": k_train} if k_train > 1 else {}
    model = kind(data.dim, (200, 200), 50, "tanh", **draws, seed=seed)
    run = training.fit(
        model, data.splits["train"], epochs=epochs, batch_size=batch_size, optimizer="adam",
        learning_rate=learning_rate, seed=seed, show="lines",
    )  # fmt: skip
    where = {
        "dataset": f"{data.name}, {n_test} drawn",
        "split": "test",
        "dataset_hash": data.hash,
        "binarization": data.binarization,
    }
    test = data.splits["test"]
    x = test[np.sort(np.random.default_rng(seed).choice(len(test), n_test, replace=False))]
    curve = iwae_curve(model, x, (1, 5, 50, 500), seed=seed, **where)
    log_p = importance_log_prob(model, x, k, seed=seed, **where)
    published = dict(zip((1, 5, 50), PUBLISHED, strict=True)).get(k_train)
    label = f"{'IWAE' if k_train > 1 else 'VAE'} 784-200-200-50, k = {k_train}, {epochs} epochs"
    more = {
        "curve": {result.metric: result.value for result in curve},
        "train_loss": [row["train_loss"] for row in run.history],
    }
    return [Line(label, curve[2]), Line(label, log_p, published, more=more)]
