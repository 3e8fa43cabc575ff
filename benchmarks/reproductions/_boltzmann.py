"""What the reproductions of Boltzmann machines share: training with a falling rate, and both ends of log Z."""

import numpy as np

from benchmarks.reproductions import Line
from symgen import evaluation, schedules, training

ENUMERABLE = 16  # hidden units whose states are counted through

def where(data, split):
    """Of which data a :class:`symgen.evaluation.Result` is."""
    return {
        "dataset": data.name,
        "split": split,
        "dataset_hash": data.hash,
        "binarization": data.binarization,
    }


def train(model, x, epochs, batch_size, learning_rate, fit=training.fit, **options):
    """Train with SGD whose rate falls along a line to a hundredth of its first value."""
    steps = epochs * -(-len(x) // batch_size)
    rate = schedules.polynomial_decay(learning_rate, steps, final=learning_rate / 100)
    return fit(
        model, x, epochs=epochs, batch_size=batch_size, optimizer="sgd", learning_rate=rate, **options
    )


def likelihood_lines(rbm, data, label, published, chains, temperatures, seed=0):
    """Test log-likelihood by log Z from below and from above.

    Forwards annealing gives the usual estimate, whose error is towards too high a likelihood;
    backwards annealing from samples of the machine gives the cautious one. With few hidden units
    the exact one comes first.
    """
    betas = evaluation.ais_betas() if temperatures == "paper" else np.linspace(0, 1, int(temperatures))
    x, options = data.splits["train"], {"betas": betas, "seed": seed}
    walks = evaluation.Annealing(rbm)
    forward = evaluation.ais_log_z(rbm, data=x, n_chains=chains, walks=walks, **options)
    # Walks that began at the base end near the machine's distribution: they start the way back.
    states, _ = walks.forward(chains, betas, rbm.base_of(x), seed + 1)
    back = evaluation.reverse_ais_log_z(rbm, states, data=x, walks=walks, **options)
    lines = []
    log_zs = [(forward, "AIS"), (back, "reverse AIS")]
    if rbm.n_hidden <= ENUMERABLE:
        log_zs.insert(0, (evaluation.exact_log_z(rbm), "exact"))
    for log_z, name in log_zs:
        result = evaluation.log_likelihood(rbm, data.splits["test"], log_z, **where(data, "test"))
        more = {"log_z": log_z.as_dict()}
        lines.append(Line(f"{label}, {name}", result, published, more=more))
    return lines
