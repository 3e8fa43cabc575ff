"""Document 002's variational autoencoder with minibatches that fill a GPU: see :mod:`.vae_002`."""

from benchmarks.workloads import vae_002
from benchmarks.workloads.noise import Draw
from benchmarks.workloads.vae_002 import (
    EPSILON,
    HIDDEN_DIM,
    INPUT_DIM,
    LABELS,
    LATENT_DIM,
    LEARNING_RATE,
    OWN_TOLERANCE,
    RANGE,
    RHO,
    TOLERANCE,
    initial_parameters,
)

__all__ = [
    *("EPSILON", "HIDDEN_DIM", "INPUT_DIM", "LABELS", "LATENT_DIM", "LEARNING_RATE"),
    *("OWN_TOLERANCE", "RANGE", "RHO", "TOLERANCE", "initial_parameters"),
]

BATCH_SIZE = 8192
SUMMARY = vae_002.SUMMARY.replace("batch 100", "batch 8192")
NOISE = {"epsilon": Draw("normal", (BATCH_SIZE, LATENT_DIM))}
GEMMS = vae_002.gemms(BATCH_SIZE)
