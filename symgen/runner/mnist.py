"""MNIST in the two forms in which old programs look for it."""

import gzip
import pickle
import urllib.request
from pathlib import Path

import numpy as np

from symgen.datasets import load_mnist
from symgen.errors import look_up
from symgen.files import write_bytes

FILE = "mnist.pkl.gz"


def _bytes():
    """The images as bytes and the labels, by split."""
    data = load_mnist()
    return {
        split: (np.rint(np.asarray(images, np.float64) * 255).astype(np.uint8),
                data.labels[split])
        for split, images in data.splits.items()
    }  # fmt: skip


def fetch(dataname, target_name="label", data_name="data", transpose_data=True, data_home=None):
    """What ``sklearn.datasets.fetch_mldata('MNIST original')`` returned.

    Parameters
    ----------
    dataname : str
        ``"MNIST original"``; mldata.org's other sets are gone.
    target_name, data_name, transpose_data, data_home
        As they were; the data set comes from :func:`symgen.datasets.load_mnist`.

    Returns
    -------
    sklearn.utils.Bunch
        ``data`` (70000, 784) of uint8 in [0, 255], ``target`` (70000,) of float64; the first
        60 000 are the training file, the rest the test file, each sorted by label.

    Raises
    ------
    UnknownNameError
        For another data set.
    """
    from sklearn.utils import Bunch

    name = dataname.lower().replace(" ", "-").replace("_", "-")
    look_up("data set of mldata.org that symgen has", name, {"mnist-original": None})
    splits = _bytes()
    parts = []
    for names in (("train", "valid"), ("test",)):
        images = np.concatenate([splits[split][0] for split in names])
        labels = np.concatenate([splits[split][1] for split in names])
        order = np.argsort(labels, kind="stable")
        parts.append((images[order], labels[order]))
    data = np.concatenate([images for images, _ in parts])
    target = np.concatenate([labels for _, labels in parts]).astype(np.float64)
    return Bunch(
        data=data if transpose_data else data.T, target=target, DESCR="MNIST original",
        COL_NAMES=[target_name, data_name],
    )  # fmt: skip


def write_file(path):
    """Write ``mnist.pkl.gz``: ``(images, labels)`` of train, valid and test.

    The images are float32 in [0, 255/256] (the file that the Deep Learning Tutorials gave away
    divides by 256), the labels int64.
    """
    triple = tuple(
        (images.astype(np.float32) / np.float32(256), labels.astype(np.int64))
        for images, labels in (_bytes()[split] for split in ("train", "valid", "test"))
    )
    write_bytes(path, gzip.compress(pickle.dumps(triple, protocol=2), compresslevel=1, mtime=0))


def build_when_looked_for(fixes):
    """Have ``mnist.pkl.gz`` built where a program would download or open it (fix mnist-file)."""
    retrieve, gzip_open = urllib.request.urlretrieve, gzip.open

    def urlretrieve(url, filename=None, *arguments, **keywords):
        if str(url).rpartition("/")[2] != FILE or filename is None:
            return retrieve(url, filename, *arguments, **keywords)
        _build(filename, fixes)
        return filename, None

    def open_gzip(filename, mode="rb", *arguments, **keywords):
        path = Path(filename) if isinstance(filename, str | Path) else None
        if path is not None and path.name == FILE and mode[0] == "r" and not path.exists():
            _build(path, fixes)
        return gzip_open(filename, mode, *arguments, **keywords)

    urllib.request.urlretrieve, gzip.open = urlretrieve, open_gzip


def _build(path, fixes):
    fixes.say("mnist-file", f"{path} is built from symgen's MNIST")
    write_file(path)
