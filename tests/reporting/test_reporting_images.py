"""Grids of images: every pixel where it should be, and every bad array named."""

import numpy as np
import pytest
from matplotlib.image import imread

from symgen.errors import (
    DtypeError,
    EmptyDataError,
    NonFiniteError,
    OutputError,
    SettingsError,
    ShapeError,
)
from symgen.reporting import image_grid, save_image_grid, save_reconstructions, save_samples

RNG = np.random.RandomState(0)
X = RNG.rand(23, 12)  # images of 3 x 4
GAP = round(0.35 * 255) / 255


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def grey(path):
    """The picture as grey levels; fails when it has colour."""
    rgb = imread(path)[:, :, :3]
    np.testing.assert_array_equal(rgb[..., 0], rgb[..., 1])
    np.testing.assert_array_equal(rgb[..., 0], rgb[..., 2])
    return rgb[..., 0]


def test_image_grid_puts_each_pixel_in_its_place():
    grid = image_grid(X, (3, 4), rows=2, columns=5)
    assert grid.shape == (2 * 4 + 1, 5 * 5 + 1)
    for index in range(10):
        row, column = divmod(index, 5)
        for i in range(3):
            for j in range(4):
                assert grid[1 + 4 * row + i, 1 + 5 * column + j] == X[index, 4 * i + j]
    np.testing.assert_array_equal(grid[::4], 0.35)
    np.testing.assert_array_equal(grid[:, ::5], 0.35)


def test_image_grid_takes_images_in_two_dimensions_and_enlarges():
    once = image_grid(X.reshape(-1, 3, 4), (3, 4), rows=2, columns=5, gap=0)
    thrice = image_grid(X, (3, 4), rows=2, columns=5, scale=3, gap=0)
    np.testing.assert_array_equal(thrice, np.kron(once, np.ones((3, 3))))


def test_image_grid_leaves_empty_cells_white():
    grid = image_grid(np.zeros((7, 12)), (3, 4), rows=4, columns=5)
    assert (grid[5:8, 11:] == 1).all() and (grid[9:] == 1).all()
    assert (grid[5:8, 6:10] == 0).all() and (grid[5:8, 10] == 0.35).all()


def test_image_grid_clips_to_the_range():
    x = np.array([[-3.0, -1.0, 0.0, 1.0, 5.0, 0.5]])
    grid = image_grid(x, (1, 6), rows=1, columns=1, gap=0, value_range=(-1, 1))
    np.testing.assert_allclose(grid, [[0, 0, 0.5, 1, 1, 0.75]])


@pytest.mark.parametrize(("height", "scale"), [(8, 11), (28, 3)])
def test_saved_grid_is_ten_by_ten_and_crisp(tmp_path, height, scale):
    x = RNG.randint(0, 256, size=(130, height * height)) / 255
    save_samples(tmp_path / "samples.png", x, (height, height))
    picture = grey(tmp_path / "samples.png")
    side = height * scale + 2
    assert picture.shape == (10 * side + 2, 10 * side + 2)
    for row, column in ((0, 0), (0, 9), (3, 7), (9, 9)):
        top, left = 2 + row * side, 2 + column * side
        cell = picture[top : top + side - 2, left : left + side - 2]
        image = x[10 * row + column].reshape(height, height)
        np.testing.assert_allclose(cell, np.kron(image, np.ones((scale, scale))), atol=1 / 255)
    np.testing.assert_allclose(picture[:2], GAP, atol=1e-6)
    np.testing.assert_allclose(picture[:, -2:], GAP, atol=1e-6)
    assert names(tmp_path) == ["samples.png"]


def test_saved_grid_with_few_images_and_a_title(tmp_path):
    save_image_grid(tmp_path / "plain.png", X[:7], (3, 4), columns=5)
    save_image_grid(tmp_path / "title.png", X[:7], (3, 4), columns=5, title="Samples")
    plain, title = grey(tmp_path / "plain.png"), grey(tmp_path / "title.png")
    strip = title.shape[0] - plain.shape[0]
    assert strip > 0
    np.testing.assert_array_equal(title[strip:], plain)
    assert title[:strip].min() < 0.5 and (title[:3] == 1).all()
    assert plain[-10, -10] == 1  # no image there


def test_a_long_title_goes_on_in_the_next_line(tmp_path):
    save_image_grid(tmp_path / "one.png", X[:1], (3, 4), title="short")
    save_image_grid(tmp_path / "more.png", X[:1], (3, 4), title="a title much wider than one image is")
    one, more = grey(tmp_path / "one.png"), grey(tmp_path / "more.png")
    assert more.shape[1] == one.shape[1] and more.shape[0] > one.shape[0]
    strip = more.shape[0] - one.shape[0]
    assert (more[:strip, :3] == 1).all() and (more[:strip, -3:] == 1).all()  # nothing is cut off


def test_names_stand_above_their_columns(tmp_path):
    save_image_grid(tmp_path / "plain.png", X[:10], (3, 4), columns=5)
    save_image_grid(tmp_path / "names.png", X[:10], (3, 4), columns=5, column_names=[0, 1, "", "", 9])
    plain, named = grey(tmp_path / "plain.png"), grey(tmp_path / "names.png")
    strip = named.shape[0] - plain.shape[0]
    np.testing.assert_array_equal(named[strip:], plain)
    columns = np.array_split(named[:strip], 5, axis=1)
    assert [column.min() < 0.5 for column in columns] == [True, True, False, False, True]
    with pytest.raises(SettingsError, match="5 names"):
        save_image_grid(tmp_path / "x.png", X[:10], (3, 4), columns=5, column_names="ab")
    assert not (tmp_path / "x.png").exists()


def test_saved_grid_is_the_same_file_each_time(tmp_path):
    for name in ("a.png", "b.png"):
        save_image_grid(tmp_path / name, X, (3, 4))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_reconstructions_lie_below_their_originals(tmp_path):
    x, y = RNG.randint(0, 256, size=(2, 17, 64)) / 255
    save_reconstructions(tmp_path / "r.png", x, y, (8, 8))
    picture = grey(tmp_path / "r.png")
    side, label, space = 8 * 11 + 2, 150, 14
    assert picture.shape == (2 * (2 * side + 2) + space, label + 10 * side + 2)
    for index in (0, 9, 10, 16):
        row, column = divmod(index, 10)
        left = label + 2 + column * side
        for which, images in enumerate((x, y)):
            top = row * (2 * side + 2 + space) + 2 + which * side
            cell = picture[top + 5 : top + side - 2 : 11, left + 5 : left + side - 2 : 11]
            np.testing.assert_allclose(cell, images[index].reshape(8, 8), atol=1 / 255)
    assert (picture[-side:, label + 2 + 7 * side :] == 1).all()
    assert picture[:side, 10 : label - 12].min() < 0.3  # the word "original"


def test_spoilt_images_lie_between_originals_and_reconstructions(tmp_path):
    x, s, y = RNG.randint(0, 256, size=(3, 12, 64)) / 255
    save_reconstructions(tmp_path / "r.png", x, y, (8, 8), spoilt=s)
    picture = grey(tmp_path / "r.png")
    side, label, space = 8 * 11 + 2, 150, 14
    assert picture.shape == (2 * (3 * side + 2) + space, label + 10 * side + 2)
    for which, images in enumerate((x, s, y)):
        top, left = (3 * side + 2 + space) + 2 + which * side, label + 2 + side
        cell = picture[top + 5 : top + side - 2 : 11, left + 5 : left + side - 2 : 11]
        np.testing.assert_allclose(cell, images[11].reshape(8, 8), atol=1 / 255)
    with pytest.raises(ShapeError, match="one spoilt for each"):
        save_reconstructions(tmp_path / "x.png", x, y, (8, 8), spoilt=s[1:])
    with pytest.raises(SettingsError, match="image shape"):
        save_reconstructions(tmp_path / "x.png", x, y, spoilt=s)
    assert names(tmp_path) == ["r.png"]


BAD = [
    (X[:, :11], (3, 4), {}, ShapeError, "12 values"),
    (X[0], (3, 4), {}, ShapeError, "one example a row"),
    (X, (12,), {}, ShapeError, "two positive integers"),
    (X, (3, 0), {}, ShapeError, "two positive integers"),
    (X, 12, {}, ShapeError, "two positive integers"),
    (X[:0], (3, 4), {}, EmptyDataError, "at least one"),
    (X * 1j, (3, 4), {}, DtypeError, "complex128"),
    (np.where(X > 0.5, np.nan, X), (3, 4), {}, NonFiniteError, "of 276 values"),
    (X, (3, 4), {"rows": 0}, SettingsError, "rows"),
    (X, (3, 4), {"columns": 2.5}, SettingsError, "columns"),
]


@pytest.mark.parametrize(("x", "shape", "options", "error", "message"), BAD)
def test_image_grid_refuses(tmp_path, x, shape, options, error, message):
    with pytest.raises(error, match=message):
        image_grid(x, shape, **options)
    with pytest.raises(error, match=message):
        save_image_grid(tmp_path / "x.png", x, shape, **options)
    assert names(tmp_path) == []


def test_reconstructions_must_fit_their_originals(tmp_path):
    with pytest.raises(ShapeError, match=r"\(23, 12\).*\(22, 12\).*very examples"):
        save_reconstructions(tmp_path / "r.png", X, X[1:], (3, 4))
    with pytest.raises(ShapeError, match=r"\(23, 12\).*\(23, 11\)"):
        save_reconstructions(tmp_path / "r.png", X, X[:, 1:])
    assert names(tmp_path) == []


def test_pictures_into_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(OutputError, match="choose another path"):
        save_image_grid(tmp_path / "file" / "x.png", X, (3, 4))
    assert names(tmp_path) == ["file"]
