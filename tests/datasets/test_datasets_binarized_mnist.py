"""Static binarized MNIST from its two kinds of files, and what is refused."""

import numpy as np
import pytest

from symgen.datasets import load
from symgen.errors import FileFormatError, MissingFileError, RangeError, ShapeError

RNG = np.random.RandomState(2)
PARTS = {key: RNG.randint(0, 2, (n, 784)) for key, n in (("train", 6), ("valid", 3), ("test", 2))}


def save_npz(folder, name="{}_data", **changes):
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name.format(key): x for key, x in {**PARTS, **changes}.items()}
    np.savez(folder / "binarized_mnist.npz", inputsize=784, **arrays)


def save_amat(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for key, x in PARTS.items():
        np.savetxt(folder / f"binarized_mnist_{key}.amat", x, fmt="%d")


@pytest.mark.parametrize("save", [save_npz, save_amat])
@pytest.mark.parametrize("place", ["folder", "data", "data/binarized_mnist", "cache"])
def test_binarized_mnist_is_found(tmp_path, monkeypatch, save, place):
    options = {}
    if place == "cache":
        save(tmp_path / "cache/data/binarized_mnist")
    else:
        save(tmp_path / place)
    if place == "folder":
        options["folder"] = tmp_path / place
    elif place.startswith("data"):
        monkeypatch.setenv("SYMGEN_DATA", str(tmp_path / "data"))
    data = load("binarized_mnist", **options)
    for key, x in PARTS.items():
        np.testing.assert_array_equal(data.splits[key], x)
        assert data.splits[key].dtype == np.float32
    assert data.binarization == "static (Larochelle)"
    assert (data.image_shape, data.value_range, data.labels) == ((28, 28), (0, 1), {})


def test_binarized_mnist_nowhere_says_where_to_put_it(tmp_path, monkeypatch):
    with pytest.raises(MissingFileError, match="not downloaded.*SYMGEN_DATA") as caught:
        load("binarized_mnist")
    assert str(tmp_path / "cache/data/binarized_mnist") in str(caught.value)
    with pytest.raises(MissingFileError, match="binarized_mnist.npz"):
        load("binarized_mnist", folder=tmp_path)


GREY = PARTS["test"].astype(float)
GREY[1, 5] = 0.25


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"test": GREY}, RangeError, r"0 and 1 only.*1 others.*\(1, 5\): 0.25"),
        ({"valid": 2 * PARTS["valid"]}, RangeError, r"'valid'.*\[0, 1\]"),
        ({"train": PARTS["train"][:, :700]}, ShapeError, "784 features"),
        ({"name": "{}"}, FileFormatError, "no train_data and no valid_data and no test_data"),
    ],
)
def test_binarized_mnist_names_what_is_wrong(tmp_path, options, error, message):
    save_npz(tmp_path, **options)
    with pytest.raises(error, match=message) as caught:
        load("binarized_mnist", folder=tmp_path)
    assert "binarized_mnist.npz" in str(caught.value)


def test_binarized_mnist_damaged(tmp_path):
    save_npz(tmp_path)
    path = tmp_path / "binarized_mnist.npz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FileFormatError, match="damaged or cut off"):
        load("binarized_mnist", folder=tmp_path)
    path.unlink()
    save_amat(tmp_path)
    text = (tmp_path / "binarized_mnist_valid.amat").read_text()
    (tmp_path / "binarized_mnist_valid.amat").write_text(text[: len(text) // 2])
    with pytest.raises(FileFormatError, match="valid.amat"):
        load("binarized_mnist", folder=tmp_path)
