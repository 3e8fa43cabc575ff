"""What every peer is given alike: data, initial weights, and noise where it is fixed."""

import os
from pathlib import Path

import numpy as np

from benchmarks.workloads.noise import draws
from symgen.datasets.idx import parse_idx, unpack

N_EXAMPLES = 60000
NOISE_STEPS = 16  # fixed noise repeats after so many steps
MNIST_FILE = "train-images-idx3-ubyte.gz"
LABELS_FILE = "train-labels-idx1-ubyte.gz"


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


def read_labels(path):
    """Classes of an idx file, int64, shape ``(examples,)``."""
    return parse_idx(unpack(path.read_bytes(), path.name), path.name, ndim=1).astype("int64")


def random_labels(images, classes):
    """Classes that an image decides: of its first pixels, the place of the largest."""
    return images[:, :classes].argmax(1).astype("int64")


def scaled(images, low, high):
    """Images from [0, 1] to [low, high], float32."""
    return images if (low, high) == (0, 1) else np.float32(low) + np.float32(high - low) * images


def write(folder, spec, noise, seed, examples=N_EXAMPLES):
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
    examples : int
        At most so many, the first.

    Returns
    -------
    str
        What the data are, in words for the result.
    """
    rng = np.random.default_rng(seed)
    np.savez(folder / "parameters.npz", **spec.initial_parameters(rng))
    mnist = find_mnist()
    if hasattr(spec, "examples"):
        x, words = spec.examples(rng, examples), "drawn by the workload"
    elif mnist is None:
        x = random_images(rng, examples, spec.INPUT_DIM)
        words = "random values of MNIST's shape (SYMGEN_DATA holds no MNIST)"
    else:
        x = read_images(mnist)[:examples]
        words = "MNIST training images"
    if getattr(spec, "BINARISED", False):
        x, words = np.round(x), words + ", rounded to 0 and 1"
    np.save(folder / "x.npy", scaled(x, *spec.RANGE))
    if spec.LABELS:
        labels = None if mnist is None else read_labels(mnist.with_name(LABELS_FILE))
        y = random_labels(x, spec.CLASSES) if labels is None else labels[:examples]
        np.save(folder / "y.npy", y)
    if noise == "fixed" and spec.NOISE:
        np.savez(folder / "noise.npz", **draws(rng, spec.NOISE, NOISE_STEPS))
    low, high = spec.RANGE
    interval = "" if hasattr(spec, "examples") else f" in [{low}, {high}]"
    return f"{words}, {x.shape[0]} x {x.shape[1]}{interval}, {x.dtype}"
