"""Grey levels made 0 and 1."""

import numpy as np
import pytest

from symgen.datasets import Dataset, binarize, is_binary, load
from symgen.errors import SettingsError, UnknownNameError


def test_threshold_is_at_one_half_and_is_recorded():
    x = np.array([[0.0, 0.49, 0.5, 1.0]])
    data = binarize(Dataset("x", {"train": x}, value_range=(0, 1)), "threshold")
    assert data.splits["train"].tolist() == [[0, 0, 1, 1]]
    assert data.binarization == "threshold at 0.5" and data.levels == 2
    assert "threshold" in data.source


def test_stochastic_draws_have_the_grey_levels_as_means_and_follow_the_seed():
    x = np.tile([0.0, 0.25, 0.75, 1.0], (4000, 1))
    grey = Dataset("x", {"train": x}, value_range=(0, 1))
    one, two, other = (binarize(grey, "stochastic", seed).splits["train"] for seed in (0, 0, 1))
    np.testing.assert_allclose(one.mean(axis=0), [0, 0.25, 0.75, 1], atol=0.03)
    assert set(np.unique(one)) == {0, 1}
    assert (one == two).all() and (one != other).any()


def test_binary_data_stay_as_they_are_and_another_hash_is_another_data():
    digits = load("digits")
    binary = binarize(digits)
    assert not is_binary(digits) and is_binary(binary)
    assert binarize(binary, "stochastic") is binary
    assert binary.hash != digits.hash and binary.labels["test"] is not None


def test_what_cannot_be_binarised_is_refused():
    with pytest.raises(SettingsError, match="grey levels"):
        binarize(load("two_moons", n=30))
    with pytest.raises(UnknownNameError, match="threshold"):
        binarize(load("digits"), "treshold")
