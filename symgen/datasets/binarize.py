"""Grey levels made 0 and 1, with a record of how."""

from dataclasses import replace

import numpy as np

from symgen.errors import SettingsError, look_up


def _threshold(x, rng):
    return x >= 0.5


def _stochastic(x, rng):
    return rng.random(x.shape) < x


WAYS = {"threshold": _threshold, "stochastic": _stochastic}


def binarize(dataset, how="threshold", seed=0):
    """The same dataset with every value 0 or 1.

    Parameters
    ----------
    dataset : Dataset
        Values in [0, 1].
    how : {"threshold", "stochastic"}
        1 from one half up; or drawn once, 1 with the value as its probability, and kept.
    seed : int
        Of NumPy's ``default_rng``, for the draws.

    Returns
    -------
    Dataset
        Its ``binarization`` says how it was made; one that is binary already is returned as it is.

    Raises
    ------
    UnknownNameError
        For another way.
    SettingsError
        When the values are not grey levels in [0, 1].

    Notes
    -----
    Log probabilities of data binarised in different ways are not comparable.
    """
    way = look_up("binarization", how, WAYS)
    if is_binary(dataset):
        return dataset
    if dataset.value_range != (0, 1):
        raise SettingsError(
            f"grey levels in [0, 1] to binarise, in {dataset.name!r}",
            dataset.binarization,
            "Rescale the data, or take a model for real values.",
        )
    rng = np.random.default_rng(seed)
    splits = {name: way(x, rng).astype(x.dtype) for name, x in dataset.splits.items()}
    note = "threshold at 0.5" if how == "threshold" else f"stochastic, drawn once (seed {seed})"
    return replace(
        dataset, splits=splits, binarization=note, levels=2, source=f"{dataset.source}; {note}"
    )


def is_binary(dataset):
    """Whether every value of every split is 0 or 1."""
    return all(((x == 0) | (x == 1)).all() for x in dataset.splits.values())
