"""The deep learning tutorials' dA on MNIST: 500 tied sigmoid units, a third of the pixels masked.

The tutorials print filters and no error, so nothing stands beside the number: the cross-entropy of the
test images rebuilt from masked ones. As there: batches of 20, plain gradient descent at rate 0.1, 15
epochs, on grey levels.
"""

from benchmarks.reproductions import Line
from symgen import datasets, models, training
from symgen.evaluation import evaluate

PUBLISHED = None


def main(epochs=15, level=0.3, batch_size=20, learning_rate=0.1, seed=0):
    """Train, and return the reconstruction error of the test images."""
    data = datasets.load("mnist")
    model = models.MODELS["da"](data.dim, 500, level=level, seed=seed)
    run = training.fit(
        model, data.splits["train"], epochs=epochs, batch_size=batch_size, optimizer="sgd",
        learning_rate=learning_rate, seed=seed, show="lines",
    )  # fmt: skip
    result = evaluate(
        model, data.splits["test"], n_samples=5, seed=seed, dataset=data.name, split="test",
        dataset_hash=data.hash, binarization=data.binarization,
    )  # fmt: skip
    more = {"train_loss": [row["train_loss"] for row in run.history]}
    return [Line(f"dA 784-500, masking {level}, {epochs} epochs", result, more=more)]
