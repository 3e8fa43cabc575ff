"""The datasets by name, and one function that loads any of them."""

from functools import partial
from pathlib import Path

from symgen.datasets.binarized_mnist import load_binarized_mnist
from symgen.datasets.digits import load_digits
from symgen.datasets.files import load_file
from symgen.datasets.mnist import load_mnist
from symgen.datasets.toy import TOYS, load_toy
from symgen.errors import look_up

#: Loader of each named dataset.
DATASETS = {
    "digits": load_digits,
    "mnist": load_mnist,
    "binarized_mnist": load_binarized_mnist,
    **{name: partial(load_toy, name) for name in TOYS},
}


def load(name_or_path, **options):
    """Load a dataset by its name, or from a ``.npy`` or ``.npz`` file.

    Parameters
    ----------
    name_or_path : str or Path
        A key of :data:`DATASETS`, or a path with one of these endings.
    **options
        Passed to the loader: ``folder`` for ``"mnist"`` and
        ``"binarized_mnist"``, ``n`` and ``seed`` for toy densities,
        ``value_range`` and ``image_shape`` for files.

    Returns
    -------
    Dataset

    Raises
    ------
    UnknownNameError
        When it is neither; names the nearest datasets.

    Examples
    --------
    >>> load("digits").splits["train"].shape
    (1297, 64)
    """
    if Path(name_or_path).suffix.lower() in (".npy", ".npz"):
        return load_file(name_or_path, **options)
    kind = "dataset or the path of a .npy or .npz file"
    return look_up(kind, str(name_or_path), DATASETS)(**options)
