"""Static binarized MNIST: the fixed 0/1 images on which density models are compared."""

import numpy as np

from symgen import config
from symgen.datasets.arrays import read_npz
from symgen.datasets.dataset import SPLITS, Dataset
from symgen.datasets.folders import candidate_folders, find_file
from symgen.datasets.validation import check_array
from symgen.errors import FileFormatError, MissingFileError, RangeError

NPZ = "binarized_mnist.npz"
AMAT = "binarized_mnist_{}.amat"
DIM = 784


def _read_amat(path):
    """A text file with one image a line: 784 numbers 0 or 1 with spaces between them."""
    try:
        return np.loadtxt(path, dtype=np.float32, ndmin=2)
    except (ValueError, UnicodeDecodeError) as error:
        raise FileFormatError(
            expected=f"lines of {DIM} numbers in {str(path)!r}",
            got=str(error),
            remedy="The file is damaged or of another format: fetch it again.",
        ) from error


def _read(folder):
    """Arrays by split and the path they came from, or None when ``folder`` has no such file."""
    npz = find_file(folder, [NPZ])
    if npz is not None:
        arrays = read_npz(npz)
        missing = [f"{key}_data" for key in SPLITS if f"{key}_data" not in arrays]
        if missing:
            raise FileFormatError(
                expected=f"the arrays train_data, valid_data and test_data in {str(npz)!r}",
                got=f"no {' and no '.join(missing)}; there are {', '.join(arrays) or 'none'}",
                remedy="Save them with numpy.savez under these names.",
            )
        return {key: arrays[f"{key}_data"] for key in SPLITS}, npz
    paths = {key: find_file(folder, [AMAT.format(key)]) for key in SPLITS}
    if all(paths.values()):
        return {key: _read_amat(path) for key, path in paths.items()}, folder
    return None


def load_binarized_mnist(folder=None):
    """Static binarized MNIST: 70 000 images of 28 x 28 pixels that are 0 or 1, without labels.

    Each pixel was drawn once, with its grey level as the probability of a 1,
    and kept. Read from ``binarized_mnist.npz`` (arrays ``train_data``,
    ``valid_data``, ``test_data``) or from the three text files
    ``binarized_mnist_train.amat``, ``_valid.amat``, ``_test.amat``, in
    ``folder``, else in ``SYMGEN_DATA/binarized_mnist`` or ``SYMGEN_DATA``,
    else in the cache. It is not downloaded. The split is the files': 50 000,
    10 000, 10 000.

    Parameters
    ----------
    folder : str or Path, optional

    Returns
    -------
    Dataset
        dim 784, values 0 and 1.

    Raises
    ------
    MissingFileError
        When the files are nowhere.
    FileFormatError, ShapeError, RangeError
        When one is damaged, or holds something other than rows of 784 zeros
        and ones.

    References
    ----------
    R. Salakhutdinov and I. Murray (2008). On the quantitative analysis of deep
    belief networks. ICML.

    H. Larochelle and I. Murray (2011). The neural autoregressive distribution
    estimator. AISTATS. (These files.)
    """
    folders = candidate_folders("binarized_mnist") if folder is None else [folder]
    found = next(filter(None, map(_read, folders)), None)
    if found is None:
        places = ", ".join(repr(str(place)) for place in folders)
        target = folders[0] if folder else config.data_dir() / "binarized_mnist"
        raise MissingFileError(
            expected=f"{NPZ}, or {AMAT.format('train')}, _valid.amat and _test.amat, in {places}",
            got="no such files",
            remedy=f"They are not downloaded: put them into {str(target)!r}, or name their folder "
            "by folder= or by the environment variable SYMGEN_DATA.",
        )
    arrays, path = found
    splits = {}
    for key, x in arrays.items():
        name = f"{key!r} of {str(path)!r}"
        x = check_array(x, name, DIM, value_range=(0, 1))
        between = (x != 0) & (x != 1)
        if between.any():
            row, column = (int(i) for i in np.argwhere(between)[0])
            raise RangeError(
                expected=f"{name} to hold the values 0 and 1 only",
                got=f"{int(between.sum())} others, the first at ({row}, {column}): "
                f"{x[row, column]:g}",
                remedy="These are not the static binarized images; grey levels load as 'mnist'.",
            )
        splits[key] = x
    return Dataset(
        name="binarized_mnist",
        splits=splits,
        image_shape=(28, 28),
        value_range=(0, 1),
        binarization="static (Larochelle)",
        levels=2,
        source=f"{str(path)!r}, with the split of its files",
    )
