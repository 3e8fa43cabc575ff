"""A dataset checks its arrays, keeps them, and knows its own hash."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symgen.datasets import DATASETS, Dataset, load, load_digits
from symgen.datasets.dataset import values_in_words
from symgen.datasets.split import cut_splits
from symgen.errors import RangeError, SettingsError, ShapeError, UnknownNameError

X = np.arange(12, dtype=np.float32).reshape(4, 3) / 12
Y = np.array([0, 1, 0, 1])


def make(**changes):
    given = {"name": "mine", "splits": {"train": X, "test": X[:2]}, "labels": {}}
    return Dataset(**{**given, **changes})


def test_hash_is_sha256_of_names_shapes_dtypes_and_bytes():
    digest = hashlib.sha256()
    digest.update(b"split train (4, 3) <f4\n" + X.tobytes())
    digest.update(b"split test (2, 3) <f4\n" + X[:2].tobytes())
    digest.update(b"labels train (4,) <i8\n" + Y.astype("<i8").tobytes())
    digest.update(b"labels test (2,) <i8\n" + Y[:2].astype("<i8").tobytes())
    assert make(labels={"train": Y, "test": Y[:2]}).hash == digest.hexdigest()


def test_hash_depends_on_everything_that_a_result_depends_on():
    changed = X.copy()
    changed[3, 2] = np.nextafter(changed[3, 2], np.float32(2))
    others = [
        make(splits={"train": X}),
        make(splits={"train": X, "valid": X[:2]}),
        make(splits={"train": changed, "test": X[:2]}),
        make(splits={"train": X.reshape(3, 4), "test": X.reshape(3, 4)[:2]}),
        make(labels={"train": Y, "test": Y[:2]}),
    ]
    assert len({data.hash for data in [make(), *others]}) == 1 + len(others)
    assert make().hash == make(name="other", splits={"test": X[:2], "train": X}).hash


def test_arrays_are_read_only_and_the_callers_own_stay_writable():
    x = X.copy()
    data = make(splits={"train": x})
    with pytest.raises(ValueError, match="read-only"):
        data.splits["train"][0, 0] = 1
    x[0, 0] = 0


def test_describe_is_json():
    data = make(
        labels={"train": Y, "test": Y[:2]},
        value_range=(0, 1),
        image_shape=(1, 3),
        binarization="none (grey levels)",
        source="here",
    )
    assert json.loads(json.dumps(data.describe(), allow_nan=False)) == {
        "name": "mine",
        "dim": 3,
        "image_shape": [1, 3],
        "dtype": "float32",
        "value_range": [0.0, 1.0],
        "splits": {"train": 4, "test": 2},
        "shapes": {"train": [4, 3], "test": [2, 3]},
        "classes": 2,
        "levels": None,
        "binarization": "none (grey levels)",
        "source": "here",
        "hash": data.hash,
    }
    assert make().describe()["image_shape"] is None and make().describe()["classes"] == 0


@pytest.mark.parametrize(
    ("binarization", "words"),
    [("none (grey levels)", "grey levels"), ("static (Larochelle)", "static (Larochelle)"), ("threshold at 0.5",) * 2],
)
def test_values_in_words(binarization, words):
    assert values_in_words(binarization) == words


def test_repr():
    assert repr(make()) == "Dataset('mine': train 4, test 2; dim 3, float32, real values)"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"splits": {}}, SettingsError, "'train'.*no split"),
        ({"splits": {"test": X}}, SettingsError, "'train'"),
        ({"splits": {"train": X, "dev": X}}, SettingsError, "'dev'"),
        ({"labels": {"train": Y}}, SettingsError, "labels for train, test"),
        ({"labels": {"train": Y, "test": Y}}, ShapeError, "labels of 'test'"),
        ({"splits": {"train": X, "test": X[:, :2]}}, ShapeError, "'test' of dataset 'mine'"),
        ({"image_shape": (2, 2)}, ShapeError, "3 pixels"),
        ({"value_range": (0.5, 1)}, RangeError, "'train' of dataset 'mine'"),
    ],
)
def test_dataset_refuses(changes, error, message):
    with pytest.raises(error, match=message):
        make(**changes)


@pytest.mark.parametrize("floatx", ["float32", "float64"])
def test_digits_are_scikit_learns(monkeypatch, floatx):
    from sklearn.datasets import load_digits as embedded

    monkeypatch.setenv("SYMGEN_FLOATX", floatx)
    data, original = load_digits(), embedded()
    assert {key: x.shape for key, x in data.splits.items()} == {
        "train": (1297, 64),
        "valid": (200, 64),
        "test": (300, 64),
    }
    assert {x.dtype for x in data.splits.values()} == {np.dtype(floatx)}
    rows = np.concatenate([data.splits[key] * 16 for key in ("train", "valid", "test")])
    labels = np.concatenate([data.labels[key] for key in ("train", "valid", "test")])
    ours = np.column_stack([rows, labels])
    theirs = np.column_stack([original.data, original.target])
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])
    assert (data.image_shape, data.value_range) == ((8, 8), (0, 1))


def test_digits_split_holds_the_classes_in_equal_proportion():
    data = load_digits()
    total = sum(np.bincount(y, minlength=10) for y in data.labels.values())
    for y in data.labels.values():
        share = total * len(y) / 1797
        assert np.abs(np.bincount(y, minlength=10) - share).max() <= 1


def test_digits_split_is_the_same_everywhere():
    """Recorded under NumPy 2.4 and 2.5; float32, little-endian."""
    expected = "ea9bf72133c9f52009de5477e41cf688476b2441c4eccd008b71f616d98063ca"
    assert load_digits().hash == expected


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("digit", "'digits'"), ("MNSIT", "'mnist'"), ("moons", "'two_moons'"), ("x.csv", "")],
)
def test_load_names_the_nearest(name, nearest):
    with pytest.raises(UnknownNameError, match="dataset or the path of a .npy or .npz") as caught:
        load(name)
    assert nearest in str(caught.value) and repr(name) in str(caught.value)


def test_load_finds_every_name():
    assert load("digits").hash == load_digits().hash
    assert load("rings", n=30, seed=3).splits["train"].shape == (24, 2)
    assert {"digits", "mnist", "binarized_mnist", "two_moons"} <= set(DATASETS)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9, 10, 25, 1000])
@pytest.mark.parametrize("wanted", [(), ("valid",), ("valid", "test")])
def test_cut_splits_is_a_partition(n, wanted):
    pieces = cut_splits(n, wanted)
    np.testing.assert_array_equal(np.sort(np.concatenate(list(pieces.values()))), np.arange(n))
    if n > len(wanted):
        assert set(pieces) == {"train", *wanted}
        assert all(len(pieces[key]) == max(1, round(n / 10)) for key in wanted)
        assert len(pieces["train"]) >= 1
    else:
        assert set(pieces) == {"train"}


def test_cut_splits_depends_on_the_seed_only():
    first, again, other = (cut_splits(100, ("valid",), seed)["valid"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(first, np.sort(np.random.RandomState(0).permutation(100)[:10]))


def test_datasets_load_nothing_slow():
    """Neither PyTensor nor what only some datasets and pictures need."""
    script = (
        "import sys, symgen.datasets; "
        "print({'pytensor', 'matplotlib', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=True)
    assert done.stdout == b"set()\n"
