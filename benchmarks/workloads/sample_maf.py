r"""Drawing from a MAF in six dimensions, that of :mod:`.maf`; reported is the mean square of the numbers."""

from benchmarks.workloads import maf
from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.noise import Draw

BATCH_SIZE = 1000
SUMMARY = "sampling: " + maf.SUMMARY.replace("Adam, batch 256", "batch 1000")
INPUT_DIM, LAYERS, HIDDEN_DIMS = maf.INPUT_DIM, maf.LAYERS, maf.HIDDEN_DIMS
LIMIT, DIMS, RANGE, LABELS = maf.LIMIT, maf.DIMS, maf.RANGE, maf.LABELS
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.2


def noise(batch):
    """What so many examples are drawn from."""
    return {"z": Draw("normal", (batch, INPUT_DIM))}


NOISE = noise(BATCH_SIZE)
GEMMS = LAYERS * [Gemm(BATCH_SIZE, *sizes, False, False) for sizes in zip(DIMS[:-1], DIMS[1:])]

masks, examples, initial_parameters = maf.masks, maf.examples, maf.initial_parameters
