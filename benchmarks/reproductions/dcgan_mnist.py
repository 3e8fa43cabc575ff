"""DCGAN on MNIST, 28 x 28: Fréchet distance, precision and recall on a classifier trained here.

There is no published number on this classifier's features; beside the value stands the floor, the
distance between two sets of real images of the same size. The default is cut to 16 and 32 channels
and a few epochs, for one core; on a GPU: ``--set channels=64 --set epochs=25``, with ``--set minutes=3`` to end
it after those.
"""

import numpy as np
import pytensor

from benchmarks.reproductions import Line
from benchmarks.reproductions._minutes import Minutes
from symgen import backends, datasets, evaluation
from symgen.models import DCGAN
from symgen.random import RandomStreams
from symgen.training import fit

PUBLISHED = None


def main(
    epochs=4, examples=50_000, channels=16, n_samples=5000, classifier_epochs=3, learning_rate=2e-4,
    minutes=0.0, seed=0,
):  # fmt: skip
    """Train DCGAN and the classifier, draw samples, measure. `channels` is the first layer's width."""
    data = datasets.load("mnist")
    train, test = data.splits["train"], data.splits["test"]
    classifier = evaluation.Classifier(data.image_shape, seed=seed)
    classifier.fit(train, data.labels["train"], epochs=classifier_epochs)
    accuracy = classifier.accuracy(test, data.labels["test"])

    model = DCGAN(data.dim, data.image_shape, channels=(channels, 2 * channels), seed=seed)
    run = fit(
        model,
        train[:examples],
        epochs=epochs,
        batch_size=64,
        optimizer="rmsprop",
        learning_rate=learning_rate,
        seed=seed,
        show="lines",
        callbacks=[Minutes(minutes, lambda share: learning_rate)] if minutes else [],
    )
    srng, n = RandomStreams(seed), min(n_samples, len(test))
    draw = pytensor.function([], model.sample(500, srng), updates=srng.updates, mode=backends.select())
    samples = np.concatenate([draw() for _ in range(-(-n // 500))])[:n]
    where = {"dataset": data.name, "split": "test", "dataset_hash": data.hash}
    where["binarization"] = data.binarization
    distance = evaluation.frechet_distance(
        classifier, samples=samples, real=test[:n], other_real=data.splits["valid"], **where
    )
    features = [classifier.features(x[:2000]) for x in (samples, test)]
    both = evaluation.precision_and_recall(samples=features[0], real=features[1], **where)
    mmd = evaluation.squared_mmd(
        evaluation.PolynomialKernel(), samples=features[0], real=features[1], **where
    )
    label = f"DCGAN {channels}-{2 * channels}, {run.finished} epochs of {min(examples, len(train))} images"
    more = {"history": run.history, "classifier_accuracy": accuracy}
    floor = distance.details["floor"]
    return [
        Line(f"{label} (floor of real images {floor:.2f})", distance, more=more),
        *(Line(label, result) for result in (*both, mmd)),
    ]
