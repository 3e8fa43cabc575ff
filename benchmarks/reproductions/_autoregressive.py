"""What the reproductions of autoregressive models share: training, and the exact test likelihood."""

from benchmarks.reproductions import Line
from benchmarks.reproductions._boltzmann import where
from symgen import datasets, evaluation, schedules, training


def likelihood_line(build, label, published, epochs, batch_size, learning_rate, **options):
    """Train the model that ``build(input_dim)`` makes on static binarized MNIST and evaluate it.

    The rate falls along a line to a hundredth of its first value. The parameters are those of the
    epoch with the best held-out likelihood; that of the test images is exact.
    """
    data = datasets.load("binarized_mnist")
    x, model = data.splits["train"], build(data.dim)
    steps = epochs * -(-len(x) // batch_size)
    rate = schedules.polynomial_decay(learning_rate, steps, final=learning_rate / 100)
    stopping = training.EarlyStopping(patience=epochs)  # for the best epoch alone
    run = training.fit(
        model, x, valid=data.splits["valid"], callbacks=[stopping], epochs=epochs, batch_size=batch_size,
        learning_rate=rate, **options,
    )  # fmt: skip
    curve = [round(row["valid_loss"], 3) for row in run.history]
    result = evaluation.evaluate(
        model, data.splits["test"], batch_size=batch_size, **where(data, "test")
    )
    return Line(label, result, published, more={"valid_loss": curve})
