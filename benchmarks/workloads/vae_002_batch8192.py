"""Document 002's variational autoencoder with minibatches that fill a GPU: see :mod:`.vae_002`."""

from benchmarks.workloads import vae_002
from benchmarks.workloads.noise import Draw

BATCH_SIZE = 8192
SUMMARY = vae_002.SUMMARY.replace("batch 100", "batch 8192")
NOISE = {"epsilon": Draw("normal", (BATCH_SIZE, vae_002.LATENT_DIM))}
GEMMS = vae_002.gemms(BATCH_SIZE)

INPUT_DIM, HIDDEN_DIM, LATENT_DIM = vae_002.INPUT_DIM, vae_002.HIDDEN_DIM, vae_002.LATENT_DIM
RANGE, LABELS = vae_002.RANGE, vae_002.LABELS
TOLERANCE, OWN_TOLERANCE = vae_002.TOLERANCE, vae_002.OWN_TOLERANCE
LEARNING_RATE, RHO, EPSILON = vae_002.LEARNING_RATE, vae_002.RHO, vae_002.EPSILON
initial_parameters = vae_002.initial_parameters
