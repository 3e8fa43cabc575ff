"""VAE 784-200-200-50 on static binarized MNIST: the importance-weighted bound up to k = 5000.

Trained as the paper does: minibatches of 20, Adam with epsilon 1e-4, and in stages: 3^i epochs at the rate
0.001 10^(-i/7), i = 0, 1, ..., which are 3280 epochs after the eight stages of the paper. ``--set stages=7`` stops
after 1093 of them, the stages' rates then reaching 1e-4 all the same. With ``--set k_train=5`` (or 50) the IWAE
of k draws is trained instead. The bound is taken on test images drawn at random: the file has them class by class;
``--set n_test=10000`` takes all. ``curve`` in the record is the bound by k, ``stages`` the bound at k = 1 and k = 50
after the epochs that end a stage.

On a GPU: ``--set k_train=50 --set minutes=5 --set n_test=10000``. The rates are then those of the paper at the same
part of the minutes.
"""

import numpy as np

from benchmarks.reproductions import Line, Published
from benchmarks.reproductions._minutes import Minutes
from symgen import datasets, models, schedules, training, updates
from symgen.evaluation import importance_log_prob, iwae_curve

PUBLISHED = tuple(
    Published(
        value,
        "nats per example",
        f"test log p, static binarized MNIST, k = {k}",
        "lower bound",
        "Burda et al. 2016, appendix D",
        "3280 epochs of batch 20, learning rate from 1e-3 to 1e-4, 5000 draws",
    )
    for k, value in ((1, -88.71), (5, -87.63), (50, -87.10))
)


def main(stages=8, k_train=1, k=5000, n_test=500, batch_size=20, minutes=0.0, seed=0):
    """Train, and return the bound at k = 50 and log p by importance sampling at `k`."""
    data = datasets.load("binarized_mnist")
    kind = models.IWAE if k_train > 1 else models.VAE
    draws = {"k": k_train} if k_train > 1 else {}
    model = kind(data.dim, (200, 200), 50, "tanh", **draws, seed=seed)
    where = {
        "dataset": data.name if n_test == len(data.splits["test"]) else f"{data.name}, {n_test} drawn",
        "split": "test",
        "dataset_hash": data.hash,
        "binarization": data.binarization,
    }
    x, test = data.splits["train"], data.splits["test"]
    some = test[np.sort(np.random.default_rng(seed).choice(len(test), n_test, replace=False))]
    ends = [(3**i - 1) // 2 for i in range(1, stages + 1)]  # 1, 4, 13, 40, ... epochs
    rates = [0.001 * 10 ** (-i / max(stages - 1, 1)) for i in range(stages)]
    batches = -(-len(x) // batch_size)
    rate, limits = schedules.piecewise_constant(rates, [end * batches for end in ends[:-1]]), []
    if minutes:
        shares = [end / ends[-1] for end in ends[:-1]]
        limits = [Minutes(minutes, lambda share: rates[sum(share >= end for end in shares)])]
        rate = limits[0].rate
    bounds = StageBounds(ends, lambda: iwae_curve(model, some, (1, 50), seed=seed, **where))
    run = training.fit(
        model, x, epochs=ends[-1], batch_size=batch_size, optimizer=adam, seed=seed, show="lines",
        learning_rate=rate, callbacks=[bounds, *limits],
    )  # fmt: skip
    curve = iwae_curve(model, some, (1, 5, 50, 500), seed=seed, **where)
    log_p = importance_log_prob(model, some, k, seed=seed, **where)
    published = dict(zip((1, 5, 50), PUBLISHED, strict=True)).get(k_train)
    label = f"{'IWAE' if k_train > 1 else 'VAE'} 784-200-200-50, k = {k_train}, {run.finished} epochs"
    more = {
        "curve": {result.metric: result.value for result in curve},
        "stages": bounds.reached,
        "train_loss": [round(row["train_loss"], 3) for row in run.history],
    }
    return [Line(label, curve[2]), Line(label, log_p, published, more=more)]


def adam(loss, params, learning_rate):
    """Adam with the paper's epsilon, 1e-4."""
    return updates.adam(loss, params, learning_rate=learning_rate, epsilon=1e-4)


class StageBounds(training.Callback):
    """Takes the bounds after the epochs `ends`; ``reached`` is a list of dicts."""

    def __init__(self, ends, bounds):
        self.ends, self.bounds, self.reached = ends, bounds, []

    def epoch_end(self, run):
        """Take the bounds where a stage ends."""
        if run.finished in self.ends:
            values = {result.metric: round(result.value, 2) for result in self.bounds()}
            self.reached.append({"epoch": run.finished, **values})
            print(self.reached[-1], flush=True)
