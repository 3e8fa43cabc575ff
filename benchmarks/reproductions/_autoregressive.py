"""What the reproductions of autoregressive models share: training, and the exact test likelihood."""

import os
from contextlib import contextmanager

from benchmarks.reproductions import Line
from benchmarks.reproductions._boltzmann import where
from benchmarks.reproductions._minutes import falling_rate
from symgen import datasets, evaluation, training


def likelihood_line(
    build, label, published, epochs, batch_size, learning_rate, minutes=0.0, tf32=False, **options
):
    """Train the model that ``build(input_dim)`` makes on static binarized MNIST and evaluate it.

    The rate falls along a line to a hundredth of its first value, with the steps or with the `minutes`
    after which training ends. The parameters are those of the epoch with the best held-out likelihood;
    that of the test images is exact. With `tf32` a GPU rounds the factors of products while it trains, but
    not for the test images. The number of epochs is added to `label`.
    """
    data = datasets.load("binarized_mnist")
    x, model = data.splits["train"], build(data.dim)
    rate, limits = falling_rate(epochs, -(-len(x) // batch_size), learning_rate, minutes)
    stopping = training.EarlyStopping(patience=epochs)  # for the best epoch alone
    with environment(SYMGEN_TF32=str(int(tf32))):
        run = training.fit(
            model, x, valid=data.splits["valid"], callbacks=[stopping, *limits], epochs=epochs,
            batch_size=batch_size, learning_rate=rate, **options,
        )  # fmt: skip
    label = f"{label}, {run.finished} epochs"
    curve = [round(row["valid_loss"], 3) for row in run.history]
    result = evaluation.evaluate(
        model, data.splits["test"], batch_size=batch_size, **where(data, "test")
    )
    return Line(label, result, published, more={"valid_loss": curve})


@contextmanager
def environment(**variables):
    """Context in which these environment variables have other values."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
