"""What every peer is given alike: data, initial weights, and noise where it is fixed."""

import os
from pathlib import Path

import numpy as np

from symgen.datasets.idx import parse_idx, unpack

N_EXAMPLES = 60000
NOISE_STEPS = 64  # fixed noise repeats after so many steps
MNIST_FILE = "train-images-idx3-ubyte.gz"


def find_mnist():
    """Path of MNIST's training images under ``SYMGEN_DATA``, or None."""
    given = os.environ.get("SYMGEN_DATA", "").strip()
    if not given:
        return None
    for folder in (Path(given).expanduser() / "mnist", Path(given).expanduser()):
        if (folder / MNIST_FILE).exists():
            return folder / MNIST_FILE
    return None


def read_images(path):
    """Images of an idx file, float32 in [0, 1], shape ``(examples, pixels)``."""
    pixels = parse_idx(unpack(path.read_bytes(), path.name), path.name, ndim=3)
    return pixels.reshape(len(pixels), -1).astype("float32") / np.float32(255)


def random_images(rng, examples, pixels):
    """Stand-in for MNIST: each value 0 with probability 0.8, else uniform in [0, 1]."""
    values = rng.random((examples, pixels), "float32")
    return np.maximum(0, (values - np.float32(0.8)) * np.float32(5))


def write(folder, spec, noise, seed):
    """Write the arrays for one workload into ``folder``.

    Parameters
    ----------
    folder : Path
    spec : module
        A workload.
    noise : {"own", "fixed"}
        Whether each peer draws its noise or reads it from here.
    seed : int
        Of the initial weights, the noise and, where there is no MNIST, the data.

    Returns
    -------
    str
        What the data are, in words for the result.
    """
    rng = np.random.default_rng(seed)
    np.savez(folder / "parameters.npz", **spec.initial_parameters(rng))
    mnist = find_mnist()
    if mnist is None:
        data = random_images(rng, N_EXAMPLES, spec.INPUT_DIM)
        words = "random values of MNIST's shape (SYMGEN_DATA holds no MNIST)"
    else:
        data = read_images(mnist)
        words = "MNIST training images"
    np.save(folder / "data.npy", data)
    if noise == "fixed" and spec.NOISE_DIM:
        shape = (NOISE_STEPS, spec.BATCH_SIZE, spec.NOISE_DIM)
        np.save(folder / "noise.npy", rng.standard_normal(shape, dtype="float32"))
    return f"{words}, {data.shape[0]} x {data.shape[1]}, {data.dtype}"
