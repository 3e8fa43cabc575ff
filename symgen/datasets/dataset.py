"""What every dataset is: named splits, labels, and what is known about them."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from symgen.datasets.validation import check_array, check_labels
from symgen.errors import SettingsError, ShapeError

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, repr=False, eq=False)
class Dataset:
    """Examples in named splits, with what a reader of a result must know about them.

    The arrays are checked when the dataset is made, and are read-only: the
    content hash stays true.

    Parameters
    ----------
    name : str
    splits : dict of str to array_like, shape (n, dim)
        By ``"train"``, and where there are such ``"valid"`` and ``"test"``;
        kept C-contiguous in ``config.floatx()``.
    labels : dict of str to array_like, shape (n,)
        Class numbers of each split, kept as int64; empty for unlabelled data.
    image_shape : (int, int) or None
        Rows and columns when an example is an image.
    value_range : (float, float) or None
        Interval that holds every value; None for real values.
    binarization : str
        How the values became 0 and 1, or that they did not:
        ``"static (Larochelle)"``, ``"none (grey levels)"``.
    source : str
        Where the data came from and what was done to it, in words.
    levels : int or None
        Number of grey levels that the values can have, evenly spaced over [0, 1]: 256 for bytes;
        None where that is not known or the values are real.

    Raises
    ------
    SettingsError
        When ``"train"`` is missing, a split has another name, or the labels
        belong to other splits.
    ShapeError, DtypeError, EmptyDataError, NonFiniteError, RangeError
        When an array is not what it should be, see
        :func:`symgen.datasets.check_array`.
    """

    name: str
    splits: dict[str, np.ndarray]
    labels: dict[str, np.ndarray] = field(default_factory=dict)
    image_shape: tuple[int, int] | None = None
    value_range: tuple[float, float] | None = None
    binarization: str = "none (real values)"
    source: str = "arrays in memory"
    levels: int | None = None

    def __post_init__(self):
        names = [key for key in SPLITS if key in self.splits]
        if "train" not in names or set(self.splits) - set(SPLITS):
            raise SettingsError(
                expected="the splits 'train' and perhaps 'valid' and 'test'",
                got=", ".join(map(repr, self.splits)) or "no split",
                remedy="Name the splits so; data without a split is 'train'.",
            )
        if self.labels and set(self.labels) != set(names):
            raise SettingsError(
                expected=f"labels for {', '.join(names)}, or none at all",
                got=f"labels for {', '.join(self.labels)}",
                remedy="Give the labels of every split, or leave all away.",
            )
        splits, labels, dim = {}, {}, None
        for key in names:
            what = f"{key!r} of dataset {self.name!r}"
            x = check_array(self.splits[key], what, dim, self.value_range)
            splits[key] = _read_only(x)
            dim = x.shape[1]
            if self.labels:
                y = check_labels(self.labels[key], f"labels of {what}", len(x))
                labels[key] = _read_only(y)
        if self.image_shape is not None and np.prod(self.image_shape) != dim:
            raise ShapeError(
                expected=f"an image shape (rows, columns) for {dim} pixels",
                got=str(self.image_shape),
                remedy="Give the two numbers whose product is the number of pixels.",
            )
        object.__setattr__(self, "splits", splits)
        object.__setattr__(self, "labels", labels)

    @property
    def dim(self):
        """Number of features of an example."""
        return self.splits["train"].shape[1]

    @property
    def classes(self):
        """Number of different labels; 0 for unlabelled data."""
        return len(np.unique(np.concatenate(list(self.labels.values())))) if self.labels else 0

    @cached_property
    def hash(self):
        """SHA-256 (hex) of names, shapes, dtypes and bytes of all splits and labels."""
        digest = hashlib.sha256()
        for group, arrays in (("split", self.splits), ("labels", self.labels)):
            for key, x in arrays.items():
                digest.update(f"{group} {key} {x.shape} {x.dtype.str}\n".encode())
                digest.update(x)
        return digest.hexdigest()

    def describe(self):
        """What is known about the data, as a dict that JSON can hold.

        Returns
        -------
        dict
            ``name``, ``dim``, ``image_shape``, ``dtype``, ``value_range``,
            ``splits`` (name to number of examples), ``shapes``, ``classes``,
            ``binarization``, ``levels``, ``source`` and ``hash``.
        """
        return {
            "name": self.name,
            "dim": self.dim,
            "image_shape": list(self.image_shape) if self.image_shape else None,
            "dtype": str(self.splits["train"].dtype),
            "value_range": [float(v) for v in self.value_range] if self.value_range else None,
            "splits": {key: len(x) for key, x in self.splits.items()},
            "shapes": {key: list(x.shape) for key, x in self.splits.items()},
            "classes": self.classes,
            "binarization": self.binarization,
            "levels": self.levels,
            "source": self.source,
            "hash": self.hash,
        }

    def __repr__(self):
        sizes = ", ".join(f"{key} {len(x)}" for key, x in self.splits.items())
        dtype = self.splits["train"].dtype
        values = values_in_words(self.binarization)
        return f"Dataset({self.name!r}: {sizes}; dim {self.dim}, {dtype}, {values})"


def values_in_words(binarization):
    """What the values are: ``"grey levels"`` of ``"none (grey levels)"``, else how they became 0 and 1."""
    return binarization[len("none (") : -1] if binarization.startswith("none (") else binarization


def _read_only(x):
    x = x.view()
    x.flags.writeable = False
    return x
