"""The deep learning tutorials' logistic regression on MNIST: test error where the validation error is least.

As there, to the order of the minibatches: weights from zero, batches of 600 in the order of the file,
gradient descent at rate 0.13, pixels divided by 256, early stopping by patience. Nothing is random. Batches
that are not full are left out, so that errors are of 9600 images. The tutorial's program printed
7.489583 % of test errors (7.5 % of validation errors) and stopped after 74 epochs.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt

from benchmarks.reproductions import Line, Published
from symgen import activations, backends, datasets, updates
from symgen.evaluation import Result
from symgen.layers import Dense

PUBLISHED = Published(
    7.489583,
    "% of examples",
    "test error, MNIST",
    "exact",
    "deeplearning.net tutorials, logistic regression",
    "batch 600, rate 0.13, 74 epochs",
)


def main(batch_size=600, learning_rate=0.13, patience=5000, least_gain=0.995, epochs=1000):
    """Train until patience ends; return the test error of the best epoch."""
    data = datasets.load("mnist")
    images = {split: x * np.float32(255 / 256) for split, x in data.splits.items()}
    labels = {split: y.astype("int32") for split, y in data.labels.items()}
    train_fn, error_fns = _compile(images, labels, batch_size, learning_rate)
    batches = {split: len(x) // batch_size for split, x in images.items()}
    best, test_error, best_epoch, curve = np.inf, np.inf, 0, []
    for epoch in range(1, epochs + 1):
        for index in range(batches["train"]):
            train_fn(index)
        valid_error = np.mean([error_fns["valid"](i) for i in range(batches["valid"])])
        curve.append(round(100 * valid_error, 4))
        step = epoch * batches["train"] - 1
        if valid_error < best:
            if valid_error < best * least_gain:
                patience = max(patience, 2 * step)
            best, best_epoch = valid_error, epoch
            test_error = np.mean([error_fns["test"](i) for i in range(batches["test"])])
        if patience <= step:
            break
    n = batches["test"] * batch_size
    result = Result(
        metric="classification error",
        value=100 * test_error,
        unit="% of examples",
        bound="none",
        standard_error=100 * float(np.sqrt(test_error * (1 - test_error) / n)),
        n=n,
        n_samples=1,
        dataset=data.name,
        split="test",
        dataset_hash=data.hash,
        binarization=data.binarization,
    )
    more = {"valid_error": curve, "epochs": epoch, "best_epoch": best_epoch}
    return [Line(f"logistic regression, {epoch} epochs", result, PUBLISHED, more=more)]


def _compile(images, labels, batch_size, learning_rate):
    """The training step and the share of errors of a minibatch of each split, by its number."""
    x, y, index = pt.fmatrix("x"), pt.ivector("y"), pt.lscalar("index")
    dim = images["train"].shape[1]
    layer = Dense(dim, 10, W="zeros", rng=np.random.default_rng(0), name="classes", dtype="float32")
    logits = layer(x)
    cost = -pt.log(activations.softmax(logits))[pt.arange(y.shape[0]), y].mean()
    errors = pt.neq(pt.argmax(logits, axis=1), y).mean()
    stored = {
        split: (pytensor.shared(images[split]), pytensor.shared(labels[split])) for split in images
    }

    def compiled(outputs, split, **options):
        rows = slice(index * batch_size, (index + 1) * batch_size)
        givens = {x: stored[split][0][rows], y: stored[split][1][rows]}
        return pytensor.function([index], outputs, givens=givens, mode=backends.select(), **options)

    step = updates.sgd(cost, layer.params, learning_rate=learning_rate)
    train_fn = compiled(cost, "train", updates=step)
    return train_fn, {split: compiled(errors, split) for split in ("valid", "test")}
