"""Anomaly detection: what an autoencoder rebuilds badly is unlike what it was trained on.

It is trained on digits of all classes but one. The score of a test image is its squared error; the
images of the class left out are the anomalies to find. ``auc`` is the area under the ROC curve, 0.5
for chance; ``auc_mean_image`` that of the distance from the mean training image, which needs no
autoencoder. With 0 left out the default run gives 0.988 against 0.629.

Run it with ``python examples/anomaly_detection.py --out FOLDER`` for the pictures.
"""

import argparse
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
from sklearn.metrics import roc_auc_score, roc_curve

from symgen import backends, datasets, models, training


def main(data="digits", anomaly=0, epochs=60, hidden_dim=128, latent_dim=8, out=None, backend=None, seed=0):
    """Train; return ``{"auc", "auc_mean_image"}``, and save the pictures in `out`."""
    data = datasets.load(data)
    normal = data.splits["train"][data.labels["train"] != anomaly]
    model = models.Autoencoder(
        data.dim, (hidden_dim,), latent_dim, loss="squared_error", code_activation="linear", seed=seed
    )
    options = {"optimizer": "adam", "seed": seed, "backend": backend}
    training.fit(model, normal, epochs=epochs, **options)

    x = pt.matrix("x", dtype=model.dtype)
    error = pytensor.function(
        [x], model.example_terms(x)["reconstruction"], mode=backends.select(backend)
    )
    images, is_anomaly = data.splits["test"], data.labels["test"] == anomaly
    scores = error(images)
    by_mean = np.square(images - normal.mean(axis=0)).sum(axis=1)
    numbers = {
        "auc": float(roc_auc_score(is_anomaly, scores)),
        "auc_mean_image": float(roc_auc_score(is_anomaly, by_mean)),
    }
    if out is not None:
        from symgen import reporting
        from symgen.reporting.style import BLUE, VERMILION, saved_figure

        with saved_figure(Path(out) / "roc.png", 3.6, 3.4, layout="constrained") as figure:
            axes = figure.subplots()
            for values, label, colour in (
                (scores, f"autoencoder, area {numbers['auc']:.3f}", BLUE),
                (by_mean, f"mean image, area {numbers['auc_mean_image']:.3f}", VERMILION),
            ):
                false, true, _ = roc_curve(is_anomaly, values)
                axes.plot(false, true, color=colour, label=label)
            axes.plot([0, 1], [0, 1], ":", color="grey", label="chance")
            axes.set_xlabel("normal images taken for anomalies")
            axes.set_ylabel(f"images of {anomaly} found")
            axes.legend(loc="lower right")
        order = np.argsort(scores)
        shown = np.concatenate([images[order[:20]], images[order[::-1][:20]]])
        reporting.save_image_grid(
            Path(out) / "scores.png", shown, data.image_shape, 4, 10,
            title="two rows of the least and two of the greatest errors",
        )  # fmt: skip
    return numbers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits or mnist")
    parser.add_argument("--anomaly", type=int, default=0, help="class that is left out")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--out", help="folder for the pictures")
    print(main(**vars(parser.parse_args())))
