"""Goodfellow's GAN on MNIST: the Parzen window number of the paper, historical.

Sizes, first values, dropout, learning rate, its decay and the growing momentum are those of the
authors' run on MNIST. Two things differ: the discriminator moves before the generator in each step
(algorithm 1), where the authors' code moves both at once; and a run has as many epochs as one gives
it, where theirs was stopped by hand. On one core 100 epochs take hours, so the default shows the first
ones. The number says little of a model, see :mod:`symgen.evaluation.parzen`.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt

from benchmarks.reproductions import Line, Published
from symgen import backends, datasets, evaluation, schedules, updates
from symgen.models import GAN
from symgen.random import RandomStreams
from symgen.training import fit

PUBLISHED = Published(
    225,
    "nats per example",
    "Parzen window log-likelihood, MNIST test (historical)",
    "estimate",
    "Goodfellow et al. 2014, table 1",
    "10 000 samples, width chosen on 1000 validation images; standard error 2",
)
BATCH_SIZE = 100
MOMENTUM, LAST_MOMENTUM, MOMENTUM_EPOCHS = 0.5, 0.7, 250


def authors_rule(steps_per_epoch):
    """Momentum that grows from 0.5 to 0.7; half the gradient for the discriminator's sum of two."""
    coefficient = pytensor.shared(np.asarray(MOMENTUM, "float32"), name="momentum.coefficient")
    growth = (LAST_MOMENTUM - MOMENTUM) / (MOMENTUM_EPOCHS * steps_per_epoch)

    def growing_momentum(loss_or_grads, params, learning_rate):
        grads, of_discriminator = updates.gradients(loss_or_grads, params), "discriminator" in params[0].name
        if of_discriminator:
            grads = [np.float32(0.5) * grad for grad in grads]
        moved = updates.momentum(grads, params, learning_rate, coefficient)
        if of_discriminator:
            moved[coefficient] = pt.minimum(coefficient + np.float32(growth), np.float32(LAST_MOMENTUM))
        return moved

    return growing_momentum


def main(epochs=2, n_samples=10_000, generator_dim=1200, discriminator_dim=240, seed=0):
    """Train on the 50 000 training images, choose the width on 1000 others, measure on the test set."""
    data = datasets.load("mnist")
    train = data.splits["train"]
    model = GAN(data.dim, 100, (generator_dim,) * 2, (discriminator_dim,) * 2, seed=seed)
    run = fit(
        model,
        train,
        epochs=epochs,
        batch_size=BATCH_SIZE,
        optimizer=authors_rule(len(train) // BATCH_SIZE),
        learning_rate=schedules.exponential_decay(0.1, steps=1, factor=1 / 1.000004),
        seed=seed,
        show="lines",
    )
    srng = RandomStreams(seed)
    draw = pytensor.function(
        [], model.sample(1000, srng), updates=srng.updates, mode=backends.select()
    )
    samples = np.concatenate([draw() for _ in range(-(-n_samples // 1000))])[:n_samples]
    where = {"dataset": data.name, "split": "test", "dataset_hash": data.hash}
    where["binarization"] = data.binarization
    result = evaluation.parzen_window(
        samples=samples, valid=data.splits["valid"][:1000], real=data.splits["test"], **where
    )
    label = f"GAN 100-{generator_dim}-{generator_dim}-784, {epochs} epochs"
    return [Line(label, result, PUBLISHED, more={"history": run.history})]
