"""Data augmentation (document 002): a conditional VAE enlarges a small labelled set of digits.

The VAE is trained on the few labelled images alone and draws as many new ones of each class as it is
told. A classifier learns from the labelled images, and from these and the drawn ones together. The
results are test accuracies, means over several choices of the labelled images, and the standard
deviation of their difference: whether it helps is for them to say. The default run, 100 labelled and
1000 drawn images over five choices, takes the logistic regression from 0.895 to 0.911 (difference
0.015, spread 0.012) and the nearest neighbour from 0.912 to 0.938 (0.026, spread 0.010): a gain, and
a small one.

Run it with ``python examples/data_augmentation.py --out FOLDER`` for drawn images.
"""

import argparse
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from symgen import backends, datasets, models, training
from symgen.random import RandomStreams

CLASSIFIERS = {
    "logistic": lambda: LogisticRegression(max_iter=2000),
    "neighbour": lambda: KNeighborsClassifier(1),
}


def main(data="digits", n_labelled=100, n_drawn=1000, epochs=300, repeats=5, out=None, backend=None, seed=0):
    """Return for each classifier ``without``, ``with``, ``difference`` and ``spread``."""
    data = datasets.load(data)
    kinds = np.unique(data.labels["train"])
    accuracies = {name: [] for name in CLASSIFIERS}
    for repeat in range(repeats):
        rng = np.random.default_rng(seed + repeat)
        rows = rng.permutation(len(data.splits["train"]))[:n_labelled]
        images, labels = data.splits["train"][rows], data.labels["train"][rows]
        drawn_labels = kinds[np.arange(n_drawn) % len(kinds)]
        drawn = _drawn(images, labels, drawn_labels, kinds, epochs, backend, seed + repeat)
        more = np.concatenate([images, drawn]), np.concatenate([labels, drawn_labels])
        for name, classifier in CLASSIFIERS.items():
            accuracies[name].append(
                [
                    classifier().fit(*given).score(data.splits["test"], data.labels["test"])
                    for given in ((images, labels), more)
                ]
            )
    if out is not None:
        from symgen import reporting

        n = len(kinds)
        reporting.save_image_grid(
            Path(out) / "drawn.png", drawn, data.image_shape, 10, n, "Drawn of each class", column_names=range(n)
        )
    numbers = {}
    for name, pairs in accuracies.items():
        without, enlarged = np.transpose(pairs)
        numbers[f"{name}_without"] = float(without.mean())
        numbers[f"{name}_with"] = float(enlarged.mean())
        numbers[f"{name}_difference"] = float((enlarged - without).mean())
        numbers[f"{name}_spread"] = float((enlarged - without).std(ddof=1))
    return numbers


def _drawn(images, labels, drawn_labels, kinds, epochs, backend, seed):
    """Images of the given classes, drawn by a VAE trained on the labelled ones."""
    one_hot = (labels[:, None] == kinds).astype(images.dtype)
    model = models.VAE(images.shape[1], (128,), 8, context_dim=len(kinds), seed=seed)
    options = {"optimizer": "adam", "learning_rate": 0.003, "seed": seed, "backend": backend}
    batch_size = min(50, len(images))
    training.fit(model, images, context=one_hot, epochs=epochs, batch_size=batch_size, show="none", **options)
    srng = RandomStreams(seed)
    context = pt.as_tensor((drawn_labels[:, None] == kinds).astype(model.dtype))
    draws = model.sample(len(drawn_labels), srng, context)
    return pytensor.function([], draws, updates=srng.updates, mode=backends.select(backend))()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits or mnist")
    parser.add_argument("--n-labelled", type=int, default=100)
    parser.add_argument("--n-drawn", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", help="folder for the picture")
    print(main(**vars(parser.parse_args())))
