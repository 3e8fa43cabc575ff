"""Flows on two-dimensional densities against the exact entropy.

The floor of the negative log-likelihood is the entropy of the density. Both are estimated on the
same 50 000 fresh points, so that the noise of the points is almost the same in both: ``gap`` is the
mean of their difference, with its own standard error, and ``curve`` how it falls.

Affine flows over a standard normal base have a run of their own on the two densities of separate
parts. Such a flow is a continuous map with a continuous inverse, so that what it makes of the whole
plane is in one piece: bridges of some probability stay between the parts, and each layer, linear in the
numbers that it moves, thins them by a factor that its largest scale limits. A mixture of Gaussians
as the base starts with as many pieces as are wanted.
"""

import numpy as np

from benchmarks.reproductions import Line
from symgen import datasets, models, schedules, training
from symgen.evaluation import ExampleTerms, evaluate
from symgen.evaluation.result import mean_and_standard_error
from symgen.models.flows import GaussianMixture

PUBLISHED = None
N_TEST = 50_000
CURVE = 12  # points of it
SPLINES = {"n_layers": 4, "bins": 16, "tail_bound": 2.5}
# density, model, Gaussians in the base, settings, learning rate, batch size, epochs, training points
RUNS = (
    ("two_moons", "RealNVP", 1, {"n_layers": 8, "activation": "tanh"}, 2e-3, 500, 60, 50_000),
    ("two_moons", "MAF", 1, {"n_layers": 8, "activation": "tanh"}, 2e-3, 500, 60, 50_000),
    ("two_moons", "NeuralSpline", 1, {"n_layers": 2, "activation": "tanh"}, 2e-3, 500, 30, 50_000),
    ("checkerboard", "NeuralSpline", 1, SPLINES, 3e-3, 250, 100, 50_000),
    ("eight_gaussians", "NeuralSpline", 1, SPLINES, 3e-3, 250, 40, 50_000),
    ("eight_gaussians", "RealNVP", 16, {"n_layers": 8, "activation": "tanh"}, 5e-3, 500, 60, 50_000),
    ("eight_gaussians", "MAF", 16, {"n_layers": 8, "activation": "tanh"}, 5e-3, 500, 60, 50_000),
    ("checkerboard", "RealNVP", 32, {"n_layers": 16}, 2e-3, 500, 80, 200_000),
    ("checkerboard", "MAF", 32, {"n_layers": 16}, 2e-3, 500, 80, 200_000),
    ("eight_gaussians", "RealNVP", 1, {"n_layers": 16, "activation": "tanh"}, 5e-3, 500, 60, 200_000),
    ("eight_gaussians", "MAF", 1, {"n_layers": 16, "activation": "tanh"}, 5e-3, 500, 60, 200_000),
    ("checkerboard", "RealNVP", 1, {"n_layers": 16}, 2e-3, 500, 80, 200_000),
    ("checkerboard", "MAF", 1, {"n_layers": 16}, 2e-3, 500, 80, 200_000),
)  # fmt: skip


def main(epochs_factor=1.0, only="", seed=0):
    """All runs, or those whose ``density``, ``density-model`` or ``density-model-mixture`` is `only`.

    `epochs_factor` multiplies their epochs.
    """
    chosen = [run for run in RUNS if only in ("", run[0], _key(*run[:3]))]
    return [
        _run(*run[:6], max(1, round(run[6] * epochs_factor)), run[7], seed) for run in chosen
    ]


def _key(density, name, components):
    return f"{density}-{name}" + ("-mixture" if components > 1 else "")


class _Curve(training.Callback):
    """The gap, of which `gaps()` gives each example's part, after some of the epochs."""

    def __init__(self, gaps, epochs):
        self.gaps, self.every, self.points = gaps, max(1, epochs // CURVE), []

    def epoch_end(self, run):
        epoch = run.history[-1]["epoch"]
        if epoch % self.every == 0:
            self.points.append([epoch, round(float(self.gaps().mean()), 4)])


def _run(density, name, components, settings, learning_rate, batch_size, epochs, n_train, seed):
    toy = datasets.TOYS[density]
    data = datasets.load(density, n=n_train * 10 // 8, seed=seed).splits["train"]
    model = getattr(models, name)(2, hidden_dims=(64, 64), seed=seed, **settings)
    if components > 1:
        model = models.Flow(GaussianMixture(2, components, seed=seed), model.bijectors)
    test = toy.sample(N_TEST, np.random.default_rng(seed + 99))
    exact = toy.log_prob(test)
    terms = ExampleTerms(model)

    def gaps():
        return exact + terms(test)["nll"]

    curve = _Curve(gaps, epochs)
    training.fit(
        model,
        data,
        epochs=epochs,
        batch_size=batch_size,
        optimizer="adam",
        learning_rate=schedules.cosine_decay(learning_rate, epochs * (len(data) // batch_size)),
        seed=seed,
        show="none",
        callbacks=[curve],
    )
    result = evaluate(model, test, terms=terms, dataset=density, split="fresh points")
    gap, error = mean_and_standard_error(gaps(), "the differences")
    base = f", {components} Gaussians in the base" if components > 1 else ""
    label = f"{name}, {settings['n_layers']} layers{base}, {epochs} epochs"
    more = {
        "gap": gap,
        "gap_standard_error": error,
        "curve": curve.points,
        "settings": settings | {"components": components, "training_points": n_train},
        "entropy": toy.entropy,
    }
    return Line(label, result, known=float(exact.mean()), more=more)
