"""Datasets from a user's own .npy and .npz files."""

from pathlib import Path

import numpy as np

from symgen.datasets.arrays import read_npy, read_npz
from symgen.datasets.dataset import SPLITS, Dataset
from symgen.datasets.split import SEED, cut_splits
from symgen.datasets.validation import as_numbers, check_array, check_labels
from symgen.errors import FileFormatError, ShapeError, look_up

# Names under which a .npz file may hold each split, and its labels.
SPLIT_KEYS = {
    "train": ("train", "x_train", "train_data", "x", "data"),
    "valid": ("valid", "x_valid", "valid_data", "val", "x_val"),
    "test": ("test", "x_test", "test_data"),
}
LABEL_KEYS = {
    "train": ("train_labels", "y_train", "labels", "y", "target"),
    "valid": ("valid_labels", "y_valid", "val_labels", "y_val"),
    "test": ("test_labels", "y_test"),
}
SMALLEST_IMAGE = 64  # features; fewer are not taken for a square image unasked


def _pick(path, arrays, table):
    """Arrays of a .npz file by split, with the keys they had."""
    picked, used = {}, set()
    for split, keys in table.items():
        present = [key for key in keys if key in arrays]
        if len(present) > 1:
            raise FileFormatError(
                expected=f"one array for {split!r} in {str(path)!r}",
                got=f"{' and '.join(present)}",
                remedy="Keep one of them.",
            )
        if present:
            picked[split] = arrays[present[0]]
            used.add(present[0])
    return picked, used


def _from_npz(path):
    """Arrays and labels by split, and a note on what else the file holds."""
    arrays = read_npz(path)
    splits, used = _pick(path, arrays, SPLIT_KEYS)
    labels, used_labels = _pick(path, arrays, LABEL_KEYS)
    if not splits and len(arrays) == 1:
        (key,) = arrays
        splits, used = {"train": arrays[key]}, {key}
    if "train" not in splits:
        raise FileFormatError(
            expected=f"an array named {' or '.join(SPLIT_KEYS['train'])} in {str(path)!r}",
            got=", ".join(arrays) or "no array",
            remedy="Save it with numpy.savez(path, train=..., valid=..., test=...).",
        )
    if labels and set(labels) != set(splits):
        raise FileFormatError(
            expected=f"labels for {', '.join(splits)} in {str(path)!r}, or none at all",
            got=f"labels for {', '.join(labels)}",
            remedy="Add the missing labels or remove the others.",
        )
    unused = [key for key in arrays if key not in used | used_labels]
    note = f"; arrays not used: {', '.join(unused)}" if unused else ""
    return splits, labels, note


def _flatten(x, name):
    """Examples as rows, and the image shape where they are images."""
    x = as_numbers(x, name)
    if x.ndim == 3:
        return x.reshape(len(x), x.shape[1] * x.shape[2]), x.shape[1:]
    if x.ndim != 2:
        raise ShapeError(
            expected=f"{name} to have shape (n, features) or (n, rows, columns)",
            got=f"shape {x.shape}",
            remedy="Reshape it before saving; images need a single channel.",
        )
    return x, None


def _image_shape(given, found, dim, value_range):
    if given is None:
        return None
    if given != "auto":
        return tuple(int(length) for length in given)
    if found is not None:
        return tuple(int(length) for length in found)
    side = round(dim**0.5)
    is_square_image = value_range == (0, 1) and dim >= SMALLEST_IMAGE and side * side == dim
    return (side, side) if is_square_image else None


def load_file(path, value_range=(0, 1), image_shape="auto"):
    """A dataset from a ``.npy`` or ``.npz`` file; nothing in it is unpickled.

    A ``.npy`` file holds one array of shape (n, features) or (n, rows,
    columns). A ``.npz`` file holds such arrays under these names, of which
    only the first line is required:

    ====== ============================================ =====================================
    split  examples                                     labels (all splits or none)
    ====== ============================================ =====================================
    train  train, x_train, train_data, x or data; or    train_labels, y_train, labels, y or
           any name when it is the only array           target
    valid  valid, x_valid, valid_data, val or x_val     valid_labels, y_valid, val_labels or
                                                        y_val
    test   test, x_test or test_data                    test_labels or y_test
    ====== ============================================ =====================================

    A split that the file lacks is cut out of ``train``: a seeded random tenth
    for each, at least one example; nothing is cut when that would leave none
    to train on. ``source`` says so.

    Unsigned bytes with a value above 1 are taken for grey levels and divided
    by 255 when ``value_range`` is (0, 1). Numbers that are all multiples of
    1/255, or of 1/16 as the digits of scikit-learn, are grey levels too: a
    density of them as real numbers would have no bound.

    Parameters
    ----------
    path : str or Path
    value_range : pair of float or None
        Interval in which the values must lie; None for real values, which
        are then taken as they are.
    image_shape : "auto", (int, int) or None
        ``"auto"`` takes the shape of three-dimensional arrays, and rows of
        64 values or more in [0, 1] for square images where that is possible.

    Returns
    -------
    Dataset
        Named as the file.

    Raises
    ------
    MissingFileError
        When there is no such file.
    FileFormatError
        When it is damaged, cut off, holds pickled objects, or lacks the
        arrays above.
    DtypeError, ShapeError, EmptyDataError, NonFiniteError, RangeError
        When an array is not what it should be.
    """
    path = Path(path)
    readers = {".npy": lambda path: ({"train": read_npy(path)}, {}, ""), ".npz": _from_npz}
    arrays, labels, note = look_up("ending of a data file", path.suffix.lower(), readers)(path)
    value_range = None if value_range is None else tuple(value_range)
    splits, shapes = {}, set()
    for key, x in arrays.items():
        splits[key], shape = _flatten(x, f"{key!r} of {str(path)!r}")
        shapes.add(shape)
    if len(shapes) > 1:
        raise ShapeError(
            expected=f"one shape of examples in {str(path)!r}",
            got=", ".join(f"{key}: {x.shape}" for key, x in arrays.items()),
            remedy="Give all splits the same shape.",
        )
    are_bytes = all(x.dtype == np.uint8 for x in splits.values())
    scale = value_range == (0, 1) and are_bytes and any((x > 1).any() for x in splits.values())
    for key, x in splits.items():
        name = f"{key!r} of {str(path)!r}"
        x = check_array(x, name)
        if scale:
            x = x / x.dtype.type(255)
        splits[key] = check_array(x, name, splits["train"].shape[1], value_range)
        if labels:
            labels[key] = check_labels(labels[key], f"labels of {name}", len(x))
    note = ("; bytes divided by 255" if scale else "") + note
    levels = 256 if scale else _grey_levels(splits, value_range)
    if levels and not scale:
        note = f"; its values are {levels} grey levels, multiples of 1/{levels - 1}" + note

    wanted = [key for key in SPLITS if key not in splits]
    indices = cut_splits(len(splits["train"]), wanted)
    for key in reversed(indices):  # "train" last: the others are cut out of the whole
        splits[key] = splits["train"][indices[key]]
        if labels:
            labels[key] = labels["train"][indices[key]]
    if len(indices) > 1:
        note += f"; {' and '.join(wanted)} cut out of train at random (RandomState seed {SEED})"
    elif wanted:
        note += f"; too few examples to cut out {' and '.join(wanted)}"

    return Dataset(
        name=path.name,
        splits=splits,
        labels=labels,
        image_shape=_image_shape(
            image_shape, next(iter(shapes)), splits["train"].shape[1], value_range
        ),
        value_range=value_range,
        binarization=_binarization(splits, value_range),
        levels=levels,
        source=str(path) + note,
    )


# Numbers of grey levels that are looked for: bits, the digits of scikit-learn, bytes.
_LEVELS = (2, 17, 256)
_FROM_A_LEVEL = 1e-3  # rounded to float32, 255 steps are off by 1e-5


def _grey_levels(splits, value_range):
    """How many levels all values lie on, evenly spaced over [0, 1]; None for those that lie on none."""
    if value_range != (0, 1):
        return None
    return next((n for n in _LEVELS if all(_lies_on(x, n) for x in splits.values())), None)


def _lies_on(x, levels):
    """Whether all values are on one of so many levels; looked at by blocks, until one is not."""
    for first in range(0, len(x), 1024):
        steps = x[first : first + 1024].astype("float64") * (levels - 1)
        if (abs(steps - np.round(steps)) > _FROM_A_LEVEL).any():
            return False
    return True


def _binarization(splits, value_range):
    if all(((x == 0) | (x == 1)).all() for x in splits.values()):
        return "static (the file holds 0 and 1)"
    return "none (grey levels)" if value_range == (0, 1) else "none (real values)"
