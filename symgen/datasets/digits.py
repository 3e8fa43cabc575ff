"""The 8 x 8 digits that scikit-learn carries with it: real data without a download."""

import numpy as np

from symgen import config
from symgen.datasets.dataset import Dataset

SEED = 1797
N_VALID, N_TEST = 200, 300


def _stratified_order(labels, rng):
    """An order of the examples in which any part holds the classes in equal proportion."""
    permutation = rng.permutation(len(labels))
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = permutation[labels[permutation] == label]
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    return permutation[np.argsort(position[permutation], kind="stable")]


def load_digits():
    """Optical recognition of handwritten digits: 1797 images of 8 x 8 pixels, 10 classes.

    The grey levels 0 to 16 are divided by 16. The split is fixed: 1297
    examples to train, 200 to validate, 300 to test, each with the classes in
    equal proportion. It is drawn by NumPy's ``RandomState(1797)``, whose
    stream is the same in every NumPy version; within a split the examples
    keep the order of the original.

    Returns
    -------
    Dataset
        dim 64, values in [0, 1].

    References
    ----------
    E. Alpaydin and C. Kaynak (1998). Optical Recognition of Handwritten
    Digits. UCI Machine Learning Repository; its test part.
    """
    from sklearn.datasets import load_digits as embedded_digits  # slow: only when asked for

    bunch = embedded_digits()
    x = bunch.data.astype(config.floatx()) / np.dtype(config.floatx()).type(16)
    y = bunch.target.astype(np.int64)
    order = _stratified_order(y, np.random.RandomState(SEED))
    indices = {
        "train": np.sort(order[N_TEST + N_VALID :]),
        "valid": np.sort(order[N_TEST : N_TEST + N_VALID]),
        "test": np.sort(order[:N_TEST]),
    }
    return Dataset(
        name="digits",
        splits={key: x[i] for key, i in indices.items()},
        labels={key: y[i] for key, i in indices.items()},
        image_shape=(8, 8),
        value_range=(0, 1),
        binarization="none (grey levels)",
        levels=17,
        source="scikit-learn's embedded handwritten digits, divided by 16; fixed split, "
        f"stratified by class, RandomState seed {SEED}",
    )
