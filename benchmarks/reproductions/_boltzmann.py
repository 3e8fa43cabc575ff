"""What the reproductions of Boltzmann machines share: training with a falling rate, and both ends of log Z."""

import numpy as np

from benchmarks.reproductions import Line
from symgen import evaluation, schedules, training, updates

ENUMERABLE = 16  # hidden units whose states are counted through

def where(data, split):
    """Of which data a :class:`symgen.evaluation.Result` is."""
    return {
        "dataset": data.name,
        "split": split,
        "dataset_hash": data.hash,
        "binarization": data.binarization,
    }


def train(model, x, epochs, batch_size, learning_rate, momentum=0.0, steps_of_chain=(), **options):
    """Train at a rate that falls along a line to a hundredth of its first value.

    Parameters
    ----------
    model, x, epochs, batch_size, learning_rate, **options
        See :class:`symgen.training.Run`.
    momentum : float
        0.5 at most for the first five epochs, then this (Hinton 2010, section 9).
    steps_of_chain : sequence of int
        Gibbs steps `k` of the model in equal parts of the epochs, one after the other; by default
        those that the model has.
    """
    steps_of_chain = list(steps_of_chain)[-epochs:] or [model.k]
    steps = -(-len(x) // batch_size)
    rate = schedules.polynomial_decay(learning_rate, epochs * steps, final=learning_rate / 100)
    rule, seed = _rising_momentum(momentum, 5 * steps), options.pop("seed", 0)
    parts = np.array_split(np.arange(epochs), len(steps_of_chain))
    for k, part in zip(steps_of_chain, parts, strict=True):
        model.k = k
        run = training.fit(
            model, x, epochs=len(part), batch_size=batch_size, optimizer=rule, learning_rate=rate,
            seed=seed + int(part[0]), **options,
        )  # fmt: skip
    return run


def _rising_momentum(final, steps):
    """A rule of gradient descent whose momentum is 0.5 at most for so many steps, then `final`."""
    if not final:
        return updates.sgd
    rising = schedules.piecewise_constant((min(0.5, final), final), (steps,), name="momentum")

    def rule(loss_or_grads, params, learning_rate):
        now, advance = rising
        return updates.momentum(loss_or_grads, params, learning_rate, momentum=now) | advance

    return rule


def both_ways(rbm, x, chains, temperatures, seed=0):
    """log Z annealed forwards from the shares of units in `x`, and backwards: [(log Z, name), …]."""
    betas = evaluation.ais_betas() if temperatures == "paper" else np.linspace(0, 1, int(temperatures))
    options, walks = {"data": x, "betas": betas, "seed": seed}, evaluation.Annealing(rbm)
    options["walks"] = walks
    forward = evaluation.ais_log_z(rbm, n_chains=chains, **options)
    # Walks that began at the base end near the machine's distribution: they start the way back.
    states, _ = walks.forward(chains, betas, rbm.base_of(x), seed + 1)
    back = evaluation.reverse_ais_log_z(rbm, states, **options)
    return [(forward, "AIS"), (back, "reverse AIS")]


def likelihood_lines(rbm, data, label, published, chains, temperatures, seed=0):
    """Test log-likelihood by log Z from below and from above.

    Forwards annealing gives the usual estimate, whose error is towards too high a likelihood;
    backwards annealing from samples of the machine gives the cautious one. With few hidden units
    the exact one comes first.
    """
    lines = []
    log_zs = both_ways(rbm, data.splits["train"], chains, temperatures, seed)
    if rbm.n_hidden <= ENUMERABLE:
        log_zs.insert(0, (evaluation.exact_log_z(rbm), "exact"))
    for log_z, name in log_zs:
        result = evaluation.log_likelihood(rbm, data.splits["test"], log_z, **where(data, "test"))
        more = {"log_z": log_z.as_dict()}
        lines.append(Line(f"{label}, {name}", result, published, more=more))
    return lines
