"""The workloads: one file each, which says what one training step computes.

A workload's file is plain NumPy and holds

=========================  ==============================================================
name                       meaning
=========================  ==============================================================
``SUMMARY``                one line: the model, the loss, the update rule, the batch
``BATCH_SIZE``             examples per step
``INPUT_DIM``              values per example
``LEARNING_RATE``          of the update rule; further hyperparameters under their names
``RANGE``                  lowest and highest value of the data: (0, 1) or (-1, 1)
``LABELS``                 whether the step needs the examples' classes
``NOISE``                  what the step draws: dict of :class:`~.noise.Draw` by name
``TOLERANCE``              relative difference of losses that rounding may make when all peers
                           are given the same noise
``OWN_TOLERANCE``          the same when each draws its own
``GEMMS``                  the step's matrix products, a list of :class:`~.gemm.Gemm`
``initial_parameters(r)``  dict of float32 arrays from a ``numpy.random.Generator``
``BINARISED`` (optional)   whether pixels are rounded to 0 and 1
``examples(r, n)``         (optional) the data, where they are not MNIST's images
``noise(batch)``           (optional) ``NOISE`` of another batch size
``CHECKED_STEPS``          (optional) how many losses are compared
``DRAWS_INSIDE``           (optional) whether symgen draws in a loop, so that it cannot be given noise
=========================  ==============================================================

``WORKLOADS`` are those that every peer trains, ``OF_THEANO`` those of the programs for Theano, ``OF_MODELS`` models
of ``symgen.models`` beside PyTorch and JAX, ``SAMPLING`` draws from such models: a step is then a minibatch of
samples, and what is compared in place of a loss the mean of their squares.

The files are read by workers in every environment, old interpreters included,
so they keep to the syntax of Python 3.7.
"""

import importlib

# What is measured on CPUs, and what on GPUs; and programs of Theano's tutorials, with which symgen's
# namespace is measured beside Theano itself.
WORKLOADS = (
    "autoencoder_004",
    "vae_002",
    "autoencoder_784_256",
    "gan_003",
    "lenet",
    "lstm",
    "rbm_cd15",
)
ON_GPU = ("vae_002", "vae_002_batch8192", "gan_003", "dcgan", "pixelcnn")
OF_THEANO = ("mlp", "lenet", "da", "rbm_cd15", "lstm")
OF_MODELS = (
    "made",
    "iwae",
    "conv_vae",
    "contractive",
    "ddpm",
    "wgan_gp",
    "realnvp",
    "maf",
    "neural_spline",
    "glow_images",
    "nade",
    "pixel_rnn",
    "rbm_pcd",
    "gaussian_rbm",
    "dbm",
)
SAMPLING = ("sample_pixelcnn", "sample_rbm", "sample_realnvp", "sample_maf")
ALL = tuple(dict.fromkeys((*WORKLOADS, *ON_GPU, *OF_THEANO, *OF_MODELS, *SAMPLING)))


def load(name):
    """Return the module of the workload ``name``, one of ``ALL``."""
    if name not in ALL:
        raise LookupError("expected a workload of %s; got %r" % (", ".join(ALL), name))
    return importlib.import_module("benchmarks.workloads." + name)


def flop(gemms):
    """Floating-point operations of the matrix products, ``sum(2 m k n)``."""
    return sum(2 * g.m * g.k * g.n for g in gemms)
