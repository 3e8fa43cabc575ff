r"""A binary restricted Boltzmann machine, 784-500, trained by contrastive divergence of 15 steps.

From a minibatch ``x`` the hidden units are drawn, then 15 times the visible and the hidden ones:

.. math::
    h_0 \sim \sigma(x W + b_h), \qquad
    v_k \sim \sigma(h_{k-1} W^\top + b_v), \quad h_k \sim \sigma(v_k W + b_h), \quad k = 1 \dots 15

A unit is 1 where its uniform number is below its probability. With the free energy
``F(v) = -v b_v - sum(log(1 + exp(v W + b_h)))`` the parameters descend along the gradient of
``mean(F(x)) - mean(F(v_15))``, ``v_15`` held fixed: ``w -= learning_rate g``.

The step's loss is the cross-entropy, in nats per image, of ``x`` and the probabilities from which
``v_15`` was drawn, which the Theano deep learning tutorial watches. Its pseudo-likelihood is left
out. The hidden units of step 15 are not needed and not drawn.

Rounding may tip a draw over: the chain of one image then goes another way, and a loss differs by
some 1e-3 where all agree otherwise. The tolerance allows for that. With the tutorial's learning
rate of 0.1 the first losses hang on the draws, and peers with draws of their own part by a tenth and
more; 0.01 is taken, which costs no more and no less time.

References
----------
Geoffrey Hinton, 2002, "Training products of experts by minimizing contrastive divergence".
"""

from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.initial import uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = "RBM 784-500, binary, CD-15, SGD, batch 20, float32"
BATCH_SIZE = 20
INPUT_DIM = 784
HIDDEN_DIM = 500
STEPS = 15
NOISE = {
    "h": Draw("uniform", (STEPS, BATCH_SIZE, HIDDEN_DIM)),  # h_0, ..., h_14
    "v": Draw("uniform", (STEPS, BATCH_SIZE, INPUT_DIM)),  # v_1, ..., v_15
}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 5e-3
OWN_TOLERANCE = 0.05  # of 12 seeds the two furthest part by 0.041, in ten losses of 20 images each
LEARNING_RATE = 0.01

GEMMS = (
    (STEPS + 1) * [Gemm(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, False, False)]
    + STEPS * [Gemm(BATCH_SIZE, HIDDEN_DIM, INPUT_DIM, False, True)]
    + [Gemm(INPUT_DIM, 2 * BATCH_SIZE, HIDDEN_DIM, True, False)]
)


def initial_parameters(rng):
    """``W`` uniform in ``+-4 sqrt(6 / (784 + 500))`` as in the tutorial, zero biases."""
    bound = 4 * (6.0 / (INPUT_DIM + HIDDEN_DIM)) ** 0.5
    return {
        "W": uniform(rng, bound, (INPUT_DIM, HIDDEN_DIM)),
        "b_h": zeros(HIDDEN_DIM),
        "b_v": zeros(INPUT_DIM),
    }
