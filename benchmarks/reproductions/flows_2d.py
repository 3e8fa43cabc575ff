"""Flows on two-dimensional densities against the exact entropy.

The floor of the negative log-likelihood is the entropy of the density. Both are estimated on the
same 50 000 fresh points, so that the noise of the points is almost the same in both.
"""

import numpy as np

from benchmarks.reproductions import Line
from symgen import datasets, models, schedules, training
from symgen.evaluation import evaluate

PUBLISHED = None
N_TRAIN, N_TEST = 50_000, 50_000
# density, model, settings, learning rate, batch size, epochs
RUNS = (
    ("two_moons", "RealNVP", {"n_layers": 8, "activation": "tanh"}, 2e-3, 500, 60),
    ("two_moons", "MAF", {"n_layers": 8, "activation": "tanh"}, 2e-3, 500, 60),
    ("two_moons", "NeuralSpline", {"n_layers": 2, "activation": "tanh"}, 2e-3, 500, 30),
    ("checkerboard", "NeuralSpline", {"n_layers": 4, "bins": 16, "tail_bound": 2.5}, 3e-3, 250, 100),
    ("eight_gaussians", "NeuralSpline", {"n_layers": 4, "bins": 16, "tail_bound": 2.5}, 3e-3, 250, 40),
    ("checkerboard", "RealNVP", {"n_layers": 16, "activation": "tanh"}, 5e-3, 500, 150),
    ("checkerboard", "MAF", {"n_layers": 16, "activation": "tanh"}, 5e-3, 500, 150),
)  # fmt: skip


def main(epochs_factor=1.0, only="", seed=0):
    """All runs, or those whose ``density`` or ``density-model`` is `only`, with scaled epochs."""
    chosen = [run for run in RUNS if only in ("", run[0], f"{run[0]}-{run[1]}")]
    return [_run(*run[:5], max(1, round(run[5] * epochs_factor)), seed) for run in chosen]


def _run(density, name, settings, learning_rate, batch_size, epochs, seed):
    toy = datasets.TOYS[density]
    data = datasets.load(density, n=N_TRAIN * 10 // 8, seed=seed).splits["train"]
    model = getattr(models, name)(2, hidden_dims=(64, 64), seed=seed, **settings)
    training.fit(
        model,
        data,
        epochs=epochs,
        batch_size=batch_size,
        optimizer="adam",
        learning_rate=schedules.cosine_decay(learning_rate, epochs * (len(data) // batch_size)),
        seed=seed,
        show="none",
    )
    test = toy.sample(N_TEST, np.random.default_rng(seed + 99))
    result = evaluate(model, test, dataset=density, split="fresh points")
    exact = float(toy.log_prob(test).mean())
    label = f"{name}, {settings['n_layers']} layers, {epochs} epochs"
    more = {"gap": exact - result.value, "settings": settings, "entropy": toy.entropy}
    return Line(label, result, known=exact, more=more)
