r"""A deep Boltzmann machine, 784-500-1000: mean field against persistent chains.

The means of the hidden layers given ``x`` begin at ``m_1 = sigmoid(2 x W_1 + b_1)``,
``m_2 = sigmoid(m_1 W_2 + b_2)`` and are set ten times to ``m_1 = sigmoid(x W_1 + m_2 W_2^T + b_1)`` and then
``m_2 = sigmoid(m_1 W_2 + b_2)``. 100 chains move five Gibbs steps: visible and upper layer given the one
between, then that one. With the energy ``E`` of three layers the parameters descend along the gradient of
``mean E(x, m) - mean E(chains)``, means and chains held fixed: ``w -= learning_rate g``.

The step's loss is the cross-entropy of ``x`` and ``sigmoid(m_1 W_1^T + b_0)``, in nats per image. symgen draws inside
the chain, so that its draws cannot be given.

References
----------
Ruslan Salakhutdinov and Geoffrey Hinton, 2009, "Deep Boltzmann machines", algorithm 1.
"""

from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.initial import uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = "DBM 784-500-1000, 10 mean-field updates, 100 chains of 5 steps, SGD, batch 100, float32"
BATCH_SIZE = 100
INPUT_DIM = 784
HIDDEN_DIMS = (500, 1000)
DIMS = (INPUT_DIM, *HIDDEN_DIMS)
CHAINS = 100
STEPS = 5
MEAN_FIELD_STEPS = 10
RANGE = (0, 1)
BINARISED = True
LABELS = False
TOLERANCE = 5e-3
OWN_TOLERANCE = 0.02
LEARNING_RATE = 0.01
DRAWS_INSIDE = True


def noise(batch):
    """What a step draws, of whatever many examples: the chains' layers."""
    return {
        "s%d" % i: Draw("uniform", (STEPS, CHAINS, n)) for i, n in enumerate(DIMS)
    }


NOISE = noise(BATCH_SIZE)

_UP = [Gemm(BATCH_SIZE, m, n, False, False) for m, n in zip(DIMS[:-1], DIMS[1:])]
_DOWN = [Gemm(BATCH_SIZE, n, m, False, True) for m, n in zip(DIMS[:-1], DIMS[1:])]
GEMMS = (
    _UP  # x W_1 is the same in all updates
    + MEAN_FIELD_STEPS * [_DOWN[1], _UP[1]]
    + STEPS * [*_UP, *_DOWN]
    + [_DOWN[0]]
    + [Gemm(m, 2 * BATCH_SIZE, n, True, False) for m, n in zip(DIMS[:-1], DIMS[1:])]
)


def initial_parameters(rng):
    """Weights uniform in ``+-0.05``, zero biases, chains of fair bits."""
    parameters = {}
    for i, shape in enumerate(zip(DIMS[:-1], DIMS[1:]), 1):
        parameters["W_%d" % i] = uniform(rng, 0.05, shape)
    for i, n in enumerate(DIMS):
        parameters["b_%d" % i] = zeros(n)
    for i, n in enumerate(DIMS):
        parameters["chains_%d" % i] = (rng.random((CHAINS, n)) < 0.5).astype("float32")
    return parameters
