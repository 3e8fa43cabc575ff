"""Cutting validation and test examples out of data that has no such split."""

import numpy as np

SEED = 0
FRACTION = 0.1  # of the examples, for each split that is cut out


def cut_splits(n, wanted, seed=SEED):
    """Indices of a seeded random split; a tenth of the examples goes to each split cut out.

    Parameters
    ----------
    n : int
        Number of examples.
    wanted : sequence of str
        Splits to cut out: ``("valid", "test")``. Each gets ``round(n / 10)``
        examples and at least one. When that would leave none to train on,
        nothing is cut.
    seed : int
        Of NumPy's ``RandomState``, whose stream is the same in every version.

    Returns
    -------
    dict of str to ndarray of int
        Ascending indices for ``"train"`` and each split cut out.
    """
    if not wanted or n < 1 + len(wanted):
        return {"train": np.arange(n)}
    size = max(1, round(FRACTION * n))
    order = np.random.RandomState(seed).permutation(n)
    pieces = {key: order[i * size : (i + 1) * size] for i, key in enumerate(wanted)}
    pieces = {"train": order[len(wanted) * size :], **pieces}
    return {key: np.sort(indices) for key, indices in pieces.items()}
