"""Feature extraction: a linear classifier on an autoencoder's code against one on the pixels.

A denoising autoencoder sees all training images, without labels. A logistic regression then learns
from a few labelled ones, once on their codes and once on their pixels; both are scaled to unit
variance. The numbers are test accuracies, means over several choices of the labelled images, with
the standard deviation of the difference. With 100 labelled images the default run gives 0.914 for the
codes and 0.885 for the pixels, a difference of 0.029 with a spread of 0.019.

Run it with ``python examples/feature_extraction.py --out FOLDER`` for the picture of the accuracies.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from symgen import datasets
from symgen.estimators import DenoisingAutoencoder


def main(data="digits", n_labelled=100, latent_dim=128, epochs=60, repeats=10, out=None, backend=None, seed=0):
    """Train; return ``{"codes", "pixels", "difference", "spread"}`` and save the picture in `out`."""
    data = datasets.load(data)
    images, labels = data.splits["train"], data.labels["train"]
    coder = DenoisingAutoencoder(
        latent_dim, hidden_dims=(), code_activation="sigmoid", loss="binary_cross_entropy", tied=True,
        n_iter=epochs, learning_rate=0.003, backend=backend, random_state=seed,
    ).fit(images)  # fmt: skip
    rng, accuracies = np.random.default_rng(seed), []
    codes, test_codes = coder.transform(images), coder.transform(data.splits["test"])
    for _ in range(repeats):
        rows = rng.permutation(len(images))[:n_labelled]
        both = []
        for train, test in ((codes, test_codes), (images, data.splits["test"])):
            model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
            both.append(model.fit(train[rows], labels[rows]).score(test, data.labels["test"]))
        accuracies.append(both)
    by_codes, by_pixels = np.transpose(accuracies)
    if out is not None:
        from symgen.reporting.style import BLUE, saved_figure

        with saved_figure(Path(out) / "accuracies.png", 3.6, 3.4, layout="constrained") as figure:
            axes = figure.subplots()
            low, high = min(map(min, accuracies)) - 0.01, max(map(max, accuracies)) + 0.01
            axes.plot([low, high], [low, high], ":", color="grey", label="as good as each other")
            axes.plot(by_pixels, by_codes, "o", color=BLUE, label=f"{n_labelled} labelled images")
            axes.set_xlabel("accuracy on the pixels")
            axes.set_ylabel("accuracy on the codes")
            axes.legend(loc="lower right")
    return {
        "codes": float(by_codes.mean()),
        "pixels": float(by_pixels.mean()),
        "difference": float((by_codes - by_pixels).mean()),
        "spread": float((by_codes - by_pixels).std(ddof=1)),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits or mnist")
    parser.add_argument("--n-labelled", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--out", help="folder for the picture")
    print(main(**vars(parser.parse_args())))
