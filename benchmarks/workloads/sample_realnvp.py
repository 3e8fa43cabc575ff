r"""Drawing from a RealNVP in six dimensions, that of :mod:`.realnvp`; reported is the mean square of the numbers."""

from benchmarks.workloads import realnvp
from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.noise import Draw

BATCH_SIZE = 1000
SUMMARY = "sampling: " + realnvp.SUMMARY.replace("Adam, batch 256", "batch 1000")
INPUT_DIM, LAYERS, HIDDEN_DIMS = realnvp.INPUT_DIM, realnvp.LAYERS, realnvp.HIDDEN_DIMS
LIMIT, DIMS, RANGE, LABELS = realnvp.LIMIT, realnvp.DIMS, realnvp.RANGE, realnvp.LABELS
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.2


def noise(batch):
    """What so many examples are drawn from."""
    return {"z": Draw("normal", (batch, INPUT_DIM))}


NOISE = noise(BATCH_SIZE)
GEMMS = LAYERS * [Gemm(BATCH_SIZE, *sizes, False, False) for sizes in zip(DIMS[:-1], DIMS[1:])]

HALF = realnvp.HALF
PLACES = (0, 3, 1, 4, 2, 5)  # of the data behind the last coupling, which has the even numbers, then the odd
examples, initial_parameters = realnvp.examples, realnvp.initial_parameters
