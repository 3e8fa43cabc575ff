r"""Gibbs chains of a binary restricted Boltzmann machine, 784-500: 20 of them, 1000 steps.

They begin at independent bits with the visible biases as logits; a step is ``h ~ sigmoid(v W + b_h)``,
``v ~ sigmoid(h W^T + b_v)``. What is reported in place of a loss is the share of ones at the end. The numbers of all
steps would take 100 MB: each peer draws them as it goes.
"""

from benchmarks.workloads import rbm_cd15
from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.noise import Draw

SUMMARY = "Gibbs chains of an RBM 784-500, 1000 steps, batch 20, float32"
BATCH_SIZE = 20
INPUT_DIM, HIDDEN_DIM = rbm_cd15.INPUT_DIM, rbm_cd15.HIDDEN_DIM
STEPS = 1000
RANGE = (0, 1)
LABELS = False
TOLERANCE = OWN_TOLERANCE = 0.1
CHECKED_STEPS = 3
DRAWS_INSIDE = True


def noise(batch):
    """What is drawn beside the chains' own numbers: a seed for peers that need one."""
    return {"seed": Draw("uniform", (1,))}


NOISE = noise(BATCH_SIZE)
GEMMS = STEPS * [
    Gemm(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, False, False),
    Gemm(BATCH_SIZE, HIDDEN_DIM, INPUT_DIM, False, True),
]

initial_parameters = rbm_cd15.initial_parameters
