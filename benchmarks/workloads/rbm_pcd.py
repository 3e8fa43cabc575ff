r"""A binary restricted Boltzmann machine, 784-500, trained by persistent contrastive divergence.

A step moves 100 chains ``v`` by one Gibbs step, ``h ~ sigmoid(v W + b_h)``, ``v ~ sigmoid(h W^T + b_v)``; a unit
is 1 where its uniform number is below its probability. With the free energy ``F`` of :mod:`.rbm_cd15` the
parameters descend along the gradient of ``mean F(x) - mean F(v)``, ``v`` held fixed: ``w -= learning_rate g``.

The step's loss is minus the pseudo-likelihood at one pixel ``i`` of each example, chosen by a uniform number:
``784 log(1 + exp(F(x) - F(x with x_i turned)))``, mean over examples, in nats.

References
----------
Tijmen Tieleman, 2008, "Training restricted Boltzmann machines using approximations to the likelihood
gradient", section 3.
"""

from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.initial import uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = "RBM 784-500, binary, PCD of one step, 100 chains, SGD, batch 100, float32"
BATCH_SIZE = 100
INPUT_DIM = 784
HIDDEN_DIM = 500
CHAINS = 100
RANGE = (0, 1)
BINARISED = True
LABELS = False
TOLERANCE = 5e-3
OWN_TOLERANCE = 0.9  # the loss at one pixel in 784 of each of 100 images: other pixels, other losses
LEARNING_RATE = 0.01


def noise(batch):
    """What a step of so many examples draws."""
    return {
        "h": Draw("uniform", (1, CHAINS, HIDDEN_DIM)),
        "v": Draw("uniform", (1, CHAINS, INPUT_DIM)),
        "u": Draw("uniform", (batch,)),
    }


NOISE = noise(BATCH_SIZE)

GEMMS = (
    3 * [Gemm(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, False, False)]
    + [Gemm(BATCH_SIZE, HIDDEN_DIM, INPUT_DIM, False, True)]
    + [Gemm(INPUT_DIM, 2 * BATCH_SIZE, HIDDEN_DIM, True, False)]
)


def initial_parameters(rng):
    """``W`` uniform in ``+-0.05``, biases of the hidden units 0, of the visible -1; chains of bits."""
    return {
        "W": uniform(rng, 0.05, (INPUT_DIM, HIDDEN_DIM)),
        "b_h": zeros(HIDDEN_DIM),
        "b_v": zeros(INPUT_DIM) - 1,
        "chains": (rng.random((CHAINS, INPUT_DIM)) < 0.5).astype("float32"),
    }
