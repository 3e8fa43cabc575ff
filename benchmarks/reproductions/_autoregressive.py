"""What the reproductions of autoregressive models share: training, and the exact test likelihood."""

from benchmarks.reproductions import Line
from benchmarks.reproductions._boltzmann import where
from symgen import datasets, evaluation, training


def likelihood_line(build, label, published, **options):
    """Train the model that ``build(input_dim)`` makes on static binarized MNIST and evaluate it.

    The parameters are those of the epoch with the best held-out likelihood; that of the test images
    is exact.
    """
    data = datasets.load("binarized_mnist")
    model = build(data.dim)
    stopping = training.EarlyStopping(patience=options["epochs"])  # for the best epoch alone
    run = training.fit(
        model, data.splits["train"], valid=data.splits["valid"], callbacks=[stopping], **options
    )
    curve = [round(row["valid_loss"], 3) for row in run.history]
    result = evaluation.evaluate(
        model, data.splits["test"], batch_size=options["batch_size"], **where(data, "test")
    )
    return Line(label, result, published, more={"valid_loss": curve})
