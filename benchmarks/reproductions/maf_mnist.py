"""MAF of five layers on the logits of MNIST, in nats and in bits per pixel.

The settings are those of the paper: two hidden layers of 1024 rectified units in each MADE, Adam at
1e-4 in minibatches of 100, early stopping after 30 epochs, noise and lambda = 1e-6 put on the images
once. What differs: actnorm in place of batch normalisation, and no weight decay of 1e-6. An epoch
takes about two minutes of one core, and the paper's training some hundred of them: ``--set epochs=1``
or ``--set hidden_dim=256`` for a first look.
"""

from benchmarks.reproductions import Line, Published
from benchmarks.reproductions._logits import bits_per_pixel, nats_of_logits, to_logits
from symgen import datasets, models, training
from symgen.evaluation import ExampleTerms

SETTING = "MNIST logits, lambda = 1e-6, dequantised; two hidden layers of 1024 units"
PUBLISHED = (
    Published(
        -1300.5, "nats per example", "test log p, logits of MNIST, unconditional", "exact",
        "Papamakarios et al. 2017, Table 2", SETTING,
    ),
    Published(
        1.89, "bits per dimension", "test, MNIST, unconditional", "upper bound",
        "Papamakarios et al. 2017, appendix, from memory, agrees with Table 2", SETTING,
    ),
)  # fmt: skip


def main(
    epochs=1000, hidden_dim=1024, n_layers=5, batch_size=100, learning_rate=1e-4, patience=30,
    alpha=1e-6, seed=0,
):  # fmt: skip
    """Train and evaluate; the parameters are those of the epoch with the best held-out likelihood."""
    data = datasets.load("mnist")
    logits_of = to_logits(data, alpha, seed)
    train, valid, (test, log_det) = (
        logits_of(data.splits["train"])[0].astype("float32"),
        logits_of(data.splits["valid"])[0].astype("float32"),
        logits_of(data.splits["test"]),
    )
    model = models.MAF(data.dim, n_layers, (hidden_dim, hidden_dim), seed=seed)
    run = training.fit(
        model, train, valid=valid, epochs=epochs, batch_size=batch_size, optimizer="adam",
        learning_rate=learning_rate, seed=seed, show="lines",
        callbacks=[training.EarlyStopping(patience=patience)],
    )  # fmt: skip
    log_prob = -ExampleTerms(model)(test.astype("float32"))["nll"]
    label = f"MAF, {n_layers} layers of {hidden_dim}-{hidden_dim}, {run.finished} epochs"
    more = {"valid_loss": [round(row["valid_loss"], 2) for row in run.history]}
    results = nats_of_logits(log_prob, data), bits_per_pixel(log_prob, log_det, data)
    return [
        Line(label, result, published, more=more)
        for result, published in zip(results, PUBLISHED, strict=True)
    ]
