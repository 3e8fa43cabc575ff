"""A user's own .npy and .npz files: what is read, how it is split, and what is refused."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from symgen.datasets import load
from symgen.errors import (
    DtypeError,
    EmptyDataError,
    FileFormatError,
    MissingFileError,
    NonFiniteError,
    RangeError,
    ShapeError,
)

RNG = np.random.RandomState(5)
X = RNG.rand(20, 6)
Y = np.arange(20)
BYTES = RNG.randint(0, 256, size=(20, 4, 5)).astype(np.uint8)


def rows_in(data, x):
    """Where each row of the splits stands in ``x``."""
    return {
        key: [int(np.flatnonzero((np.float32(x) == row).all(axis=1))[0]) for row in split]
        for key, split in data.splits.items()
    }


def test_npy_is_split_at_random_with_nothing_lost(tmp_path):
    np.save(tmp_path / "x.npy", X)
    data = load(tmp_path / "x.npy")
    assert {key: len(x) for key, x in data.splits.items()} == {"train": 16, "valid": 2, "test": 2}
    rows = rows_in(data, X)
    assert sorted(sum(rows.values(), [])) == list(range(20))
    order = np.random.RandomState(0).permutation(20)
    assert rows["valid"] == sorted(order[:2]) and rows["test"] == sorted(order[2:4])
    assert data.name == "x.npy" and "cut out of train at random" in data.source
    assert load(str(tmp_path / "x.npy")).hash == data.hash


@pytest.mark.parametrize(("n", "splits"), [(1, ["train"]), (2, ["train"]), (3, None)])
def test_npy_with_few_examples(tmp_path, n, splits):
    np.save(tmp_path / "x.npy", X[:n])
    data = load(tmp_path / "x.npy")
    assert list(data.splits) == (splits or ["train", "valid", "test"])
    assert sum(data.describe()["splits"].values()) == n
    assert ("too few examples to cut out valid and test" in data.source) == (n < 3)


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (BYTES / 255.0, 256),
        ((BYTES / np.float32(255)).astype("float32"), 256),
        (BYTES % 17 / 16.0, 17),
        (BYTES % 2, 2),
        (np.where(np.arange(20)[:, None, None] == 19, BYTES / 255.0 + 0.002, BYTES / 255.0) / 1.002, None),
        (BYTES / 256.0, None),
    ],
)
def test_evenly_spaced_values_are_grey_levels(tmp_path, values, levels):
    """A flow dequantises them then: as real numbers their density has no bound."""
    np.save(tmp_path / "x.npy", values)
    data = load(tmp_path / "x.npy")
    assert data.levels == levels
    assert ("grey levels, multiples of 1/" in data.source) == (levels is not None)
    assert load(tmp_path / "x.npy", value_range=None).levels is None


def test_bytes_are_scaled_and_images_known(tmp_path):
    np.save(tmp_path / "x.npy", BYTES)
    data = load(tmp_path / "x.npy")
    assert data.image_shape == (4, 5) and data.dim == 20
    assert "bytes divided by 255" in data.source
    order = np.random.RandomState(0).permutation(20)
    expected = BYTES.reshape(20, 20)[np.sort(order[:2])] / 255
    np.testing.assert_allclose(data.splits["valid"], expected, rtol=1e-7)
    raw = load(tmp_path / "x.npy", value_range=None)
    assert raw.splits["train"].max() > 1 and "divided" not in raw.source
    assert raw.value_range is None


def test_bytes_of_zero_and_one_are_binary(tmp_path):
    np.save(tmp_path / "x.npy", (BYTES > 127).astype(np.uint8))
    data = load(tmp_path / "x.npy")
    assert data.splits["train"].max() == 1 and "divided" not in data.source
    assert data.binarization == "static (the file holds 0 and 1)"


@pytest.mark.parametrize(
    ("dim", "options", "shape"),
    [
        (784, {}, (28, 28)),
        (64, {}, (8, 8)),
        (63, {}, None),
        (49, {}, None),
        (64, {"value_range": None}, None),
        (64, {"image_shape": None}, None),
        (64, {"image_shape": (4, 16)}, (4, 16)),
    ],
)
def test_rows_are_images_where_that_is_likely(tmp_path, dim, options, shape):
    np.save(tmp_path / "x.npy", RNG.rand(5, dim))
    assert load(tmp_path / "x.npy", **options).image_shape == shape


def test_real_values_need_no_range(tmp_path):
    np.save(tmp_path / "x.npy", 100 * X - 50)
    data = load(tmp_path / "x.npy", value_range=None)
    assert data.binarization == "none (real values)" and data.value_range is None


NPZ = {
    "plain": {"train": X, "valid": X[:3], "test": X[:4]},
    "plain labelled": {
        "train": X, "valid": X[:3], "test": X[:4],
        "train_labels": Y, "valid_labels": Y[:3], "test_labels": Y[:4],
    },
    "keras": {"x_train": X, "y_train": Y, "x_test": X[:4], "y_test": Y[:4]},
    "larochelle": {"train_data": X, "valid_data": X[:3], "test_data": X[:4]},
    "x y": {"x": X, "y": Y},
    "data target": {"data": X, "target": Y},
    "only array": {"arr_0": X},
}  # fmt: skip


@pytest.mark.parametrize("kind", NPZ)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_keys(tmp_path, kind, save):
    arrays = NPZ[kind]
    save(tmp_path / "x.npz", **arrays)
    data = load(tmp_path / "x.npz")
    sizes = {key: len(x) for key, x in data.splits.items()}
    if "valid" in arrays or "valid_data" in arrays:
        assert sizes == {"train": 20, "valid": 3, "test": 4}
        np.testing.assert_array_equal(data.splits["train"], np.float32(X))
    elif "x_test" in arrays:
        assert sizes == {"train": 18, "valid": 2, "test": 4}
        np.testing.assert_array_equal(data.splits["test"], np.float32(X[:4]))
        assert "valid cut out of train" in data.source
    else:
        assert sizes == {"train": 16, "valid": 2, "test": 2}
    if any(key in arrays for key in ("train_labels", "y_train", "y", "target")):
        rows = rows_in(data, X)
        for key in data.splits:
            np.testing.assert_array_equal(data.labels[key], Y[rows[key]])
    else:
        assert data.labels == {}


def test_npz_says_which_arrays_it_did_not_use(tmp_path):
    np.savez(tmp_path / "x.npz", train=X, size=20)
    assert "arrays not used: size" in load(tmp_path / "x.npz").source


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def huge():
    """A header that claims 8 TB."""
    return npy(X).replace(b"(20, 6), }            ", b"(1000000000000, 1), }  ")


def text_in_zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "no array")
    return buffer.getvalue()


NAN = X.copy()
NAN[3, 1] = np.nan
BAD = {
    "object": ("x.npy", npy(np.array([{}, 1], dtype=object)), FileFormatError, "never unpickled"),
    "pickle": ("x.npy", pickle.dumps(X), FileFormatError, "numpy.save"),
    "empty file": ("x.npy", b"", FileFormatError, "an empty file"),
    "cut off in the header": ("x.npy", npy(X)[:20], FileFormatError, "damaged or cut off"),
    "cut off in the data": ("x.npy", npy(X)[:-8], FileFormatError, "damaged or cut off"),
    "two arrays in one": ("x.npy", npy(X) + npy(X), FileFormatError, "numpy.savez"),
    "bad header": ("x.npy", npy(X).replace(b"'descr'", b"'descx'"), FileFormatError, "damaged"),
    "claims too much": ("x.npy", huge(), FileFormatError, "damaged or cut off"),
    "npz named npy": ("x.npy", npz(x=X), FileFormatError, "to be a .npy file"),
    "npy named npz": ("x.npz", npy(X), FileFormatError, "to be a .npz file"),
    "npz cut off": ("x.npz", npz(x=X)[:-30], FileFormatError, "damaged or cut off"),
    "npz cut in half": ("x.npz", npz(x=X)[:500], FileFormatError, "damaged or cut off"),
    "npz altered": ("x.npz", flipped(npz(x=X), 400), FileFormatError, "damaged or cut off"),
    "npz with objects": (
        "x.npz", npz(x=np.array([{}], dtype=object)), FileFormatError, "never unpickled",
    ),
    "npz with text": ("x.npz", text_in_zip(), FileFormatError, "readme"),
    "npz without arrays": ("x.npz", npz(), FileFormatError, "no array"),
    "npz of unknown names": ("x.npz", npz(a=X, b=X), FileFormatError, "train or x_train.*got a, b"),
    "npz with both names": ("x.npz", npz(train=X, x=X), FileFormatError, "train and x"),
    "npz with half its labels": (
        "x.npz", npz(train=X, test=X, y=Y), FileFormatError, "labels for train, test",
    ),
    "npz with too few labels": ("x.npz", npz(x=X, y=Y[:9]), ShapeError, r"shape \(20,\)"),
    "npz of two widths": ("x.npz", npz(train=X, test=X[:, :3]), ShapeError, "6 features"),
    "npz of two forms": (
        "x.npz", npz(train=BYTES, test=BYTES.reshape(20, 20)), ShapeError, "one shape of examples",
    ),
    "four dimensions": ("x.npy", npy(X.reshape(2, 2, 5, 6)), ShapeError, "single channel"),
    "one dimension": ("x.npy", npy(Y), ShapeError, r"shape \(20,\)"),
    "no examples": ("x.npy", npy(X[:0]), EmptyDataError, "at least one example"),
    "no pixels": ("x.npy", npy(BYTES[:, :0]), EmptyDataError, "at least one feature"),
    "no valid examples": ("x.npz", npz(train=X, valid=X[:0]), EmptyDataError, "'valid'"),
    "NaN": ("x.npy", npy(NAN), NonFiniteError, r"1 of 120.*\(3, 1\)"),
    "grey levels as floats": ("x.npy", npy(255 * X), RangeError, r"\[0, 1\].*maximum of 2"),
    "negative": ("x.npz", npz(train=X, test=-X), RangeError, "'test'.*minimum of -0"),
    "complex": ("x.npy", npy(X * 1j), DtypeError, "complex128"),
    "strings": ("x.npy", npy(X.astype(str)), DtypeError, "dtype <U"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_files_names_what_is_wrong(tmp_path, case):
    name, content, error, message = BAD[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(error, match=message) as caught:
        load(path)
    assert name in str(caught.value)


def test_missing_file(tmp_path):
    for name in ("none.npy", "none.npz"):
        with pytest.raises(MissingFileError, match=f"{name}.*No such file.*Check the path"):
            load(tmp_path / name)
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(MissingFileError, match="directory"):
        load(tmp_path / "folder.npy")


def test_every_cut_of_a_file_is_refused(tmp_path):
    """No length of a cut-off file loads as if it were whole."""
    for name, content in (("x.npy", npy(X)), ("x.npz", npz(x=X))):
        for length in range(0, len(content), 37):
            (tmp_path / name).write_bytes(content[:length])
            with pytest.raises(FileFormatError):
                load(tmp_path / name)
