r"""A Gaussian-Bernoulli restricted Boltzmann machine, 784-500, contrastive divergence of one step.

``h ~ sigmoid((x exp(-s)) W + b_h)``, ``v ~ N(h W^T + b_v, exp(s))``, and the free energy

.. math:: F(v) = \tfrac12\sum_i (v_i - b_{v,i})^2 e^{-s_i} - \sum_j \log(1 + e^{((v e^{-s}) W + b_h)_j}).

The parameters, the log variances ``s`` among them, descend along the gradient of ``mean F(x) - mean F(v)``, ``v``
held fixed, by Adam. The step's loss is the squared error of the means of ``v``, mean over examples.

References
----------
KyungHyun Cho, Alexander Ilin and Tapani Raiko, 2011, "Improved learning of Gaussian-Bernoulli restricted
Boltzmann machines", equation 2.
"""

from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.initial import uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = "Gaussian-Bernoulli RBM 784-500, CD-1, Adam, batch 100, float32"
BATCH_SIZE = 100
INPUT_DIM = 784
HIDDEN_DIM = 500
RANGE = (-1, 1)
LABELS = False
TOLERANCE = 5e-3
OWN_TOLERANCE = 0.05
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8


def noise(batch):
    """What a step of so many examples draws."""
    return {
        "h": Draw("uniform", (1, batch, HIDDEN_DIM)),
        "v": Draw("normal", (1, batch, INPUT_DIM)),
    }


NOISE = noise(BATCH_SIZE)

GEMMS = (
    2 * [Gemm(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, False, False)]
    + [Gemm(BATCH_SIZE, HIDDEN_DIM, INPUT_DIM, False, True)]
    + 2 * [Gemm(BATCH_SIZE, HIDDEN_DIM, INPUT_DIM, False, True)]
    + [Gemm(INPUT_DIM, 2 * BATCH_SIZE, HIDDEN_DIM, True, False)]
)


def initial_parameters(rng):
    """``W`` uniform in ``+-0.05``; zero biases and log variances."""
    return {
        "W": uniform(rng, 0.05, (INPUT_DIM, HIDDEN_DIM)),
        "b_h": zeros(HIDDEN_DIM),
        "b_v": zeros(INPUT_DIM),
        "log_var": zeros(INPUT_DIM),
    }
