"""MNIST from its four idx files: in a folder, in the cache, or downloaded."""

import hashlib
from pathlib import Path

import numpy as np

from symgen import config
from symgen.datasets.dataset import Dataset
from symgen.datasets.download import ProgressLine, download
from symgen.datasets.folders import candidate_folders, find_file
from symgen.datasets.idx import check_pair, parse_idx, read_bytes, unpack
from symgen.errors import FileFormatError, MissingFileError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
# SHA-256 and length of each file, unpacked: they hold for every packing
FILES = {
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        47040016,
    ),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        60008,
    ),
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        7840016,
    ),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        10008,
    ),
}
_LISTING = ", ".join(FILES)


def _spellings(name):
    dotted = name.replace("-idx", ".idx")
    return [name, name + ".gz", dotted, dotted + ".gz"]


def _find(folder):
    """Paths of those of the four files that ``folder`` holds, by name."""
    paths = {name: find_file(folder, _spellings(name)) for name in FILES}
    return {name: path for name, path in paths.items() if path is not None}


def _locate(folder, mirrors, progress):
    """Paths of the four files by name, downloading those that are nowhere."""
    if folder is not None:
        found = _find(folder)
        missing = [name for name in FILES if name not in found]
        if missing:
            raise MissingFileError(
                expected=f"the files {_LISTING}, plain or .gz, in the folder {str(folder)!r}",
                got=f"no {' and no '.join(missing)}",
                remedy="Put them there, or leave the folder away to have them downloaded.",
            )
        return found
    for candidate in candidate_folders("mnist"):
        found = _find(candidate)
        if len(found) == len(FILES):
            return found
    target = config.data_dir() / "mnist"
    found = _find(target)  # what an interrupted download left is complete and checked
    for name, (sha256, size) in FILES.items():
        if name not in found:
            remedy = (
                "Connect to the network and try again, or fetch the four files elsewhere "
                f"({_LISTING}; plain or .gz) and put them into {str(target)!r}, or into a "
                "folder named by folder= or by the environment variable SYMGEN_DATA."
            )
            packed = name + ".gz"
            download(packed, mirrors, target / packed, sha256, size, remedy, progress)
            found[name] = target / packed
    return found


def load_mnist(folder=None, mirrors=MIRRORS, progress=None):
    """MNIST: 70 000 images of handwritten digits, 28 x 28 grey levels, 10 classes.

    The four idx files (plain or ``.gz``) are taken from ``folder``, else from
    ``SYMGEN_DATA/mnist`` or ``SYMGEN_DATA``, else from the cache, else they
    are downloaded into ``config.data_dir() / "mnist"``. The grey levels 0 to
    255 are divided by 255. The split is the usual one: the first 50 000 of the
    training file to train, its last 10 000 to validate, the test file to test.
    Files of another length are split in the same proportion.

    Parameters
    ----------
    folder : str or Path, optional
        Folder with the four files; nothing is then downloaded.
    mirrors : sequence of str
        Base addresses to download from, tried in this order; HTTPS, except on
        this machine.
    progress : callable, optional
        Called as ``progress(name, done, total)`` with bytes while a file
        comes; a line on standard error by default.

    Returns
    -------
    Dataset
        dim 784, values in [0, 1].

    Raises
    ------
    MissingFileError
        When ``folder`` lacks one of the files.
    FileFormatError
        When a file is damaged, cut off or does not fit the others.
    DownloadError
        When no mirror gave a file whose checksum is right.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998). Gradient-based
    learning applied to document recognition. Proceedings of the IEEE 86(11).
    """
    paths = _locate(folder, mirrors, ProgressLine() if progress is None else progress)
    arrays, original = {}, True
    for name, (sha256, _) in FILES.items():
        content = unpack(read_bytes(paths[name]), str(paths[name]))
        arrays[name] = parse_idx(content, str(paths[name]), ndim=3 if "images" in name else 1)
        original = original and hashlib.sha256(content).hexdigest() == sha256
    train_name, train_labels_name, test_name, test_labels_name = FILES
    for images, labels in ((train_name, train_labels_name), (test_name, test_labels_name)):
        check_pair(arrays[images], arrays[labels], paths[images], paths[labels])
    shape = arrays[train_name].shape[1:]
    if arrays[test_name].shape[1:] != shape:
        raise FileFormatError(
            expected=f"images of shape {shape}, as in {paths[train_name]}, in {paths[test_name]}",
            got=f"images of shape {arrays[test_name].shape[1:]}",
            remedy="Take all four files from the same source.",
        )
    dtype = np.dtype(config.floatx())

    def scaled(images):
        return images.reshape(len(images), -1).astype(dtype) / dtype.type(255)

    n_train = len(arrays[train_name]) - len(arrays[train_name]) // 6
    return Dataset(
        name="mnist",
        splits={
            "train": scaled(arrays[train_name][:n_train]),
            "valid": scaled(arrays[train_name][n_train:]),
            "test": scaled(arrays[test_name]),
        },
        labels={
            "train": arrays[train_labels_name][:n_train],
            "valid": arrays[train_labels_name][n_train:],
            "test": arrays[test_labels_name],
        },
        image_shape=tuple(int(length) for length in shape),
        value_range=(0, 1),
        binarization="none (grey levels)",
        levels=256,
        source=f"idx files in {str(Path(paths[train_name]).parent)!r}, divided by 255; "
        + ("checksums are MNIST's" if original else "checksums are not those of MNIST"),
    )
