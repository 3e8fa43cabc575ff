"""Curves, scatters and latent maps: what is drawn, read off the figure; and what is refused."""

import contextlib
import errno
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread
from sklearn.decomposition import PCA

from symgen.errors import (
    DtypeError,
    EmptyDataError,
    NonFiniteError,
    OutputError,
    SettingsError,
    ShapeError,
)
from symgen.reporting import (
    curves,
    density,
    latent,
    points,
    save_bound_curve,
    save_density,
    save_latent_map,
    save_loss_curve,
    save_profiles,
    save_reconstructions,
    save_samples,
    save_scatter,
)
from symgen.reporting.latent import principal_components

RNG = np.random.RandomState(1)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were saved, in order."""
    figures = []
    for module in (curves, density, latent, points):
        real = module.saved_figure

        @contextlib.contextmanager
        def recording(*args, real=real, **kwargs):
            with real(*args, **kwargs) as figure:
                figures.append(figure)
                yield figure

        monkeypatch.setattr(module, "saved_figure", recording)
    return figures


def history(n, **terms):
    return [
        {"epoch": e, "train_loss": 100 / e, "valid_loss": 90 / e + e, "seconds": 3.0}
        | {key: value / e for key, value in terms.items()}
        for e in range(1, n + 1)
    ]


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_loss_curve_draws_both_losses_and_marks_the_best(tmp_path, drawn):
    rows = history(30)
    save_loss_curve(tmp_path / "loss.png", rows)
    (axes,) = drawn[0].axes
    found = lines(axes)
    best = min(rows, key=lambda row: row["valid_loss"])
    label = f"best valid: {best['valid_loss']:.4g} at epoch {best['epoch']}"
    assert set(found) == {"train", "valid", label} and best["epoch"] == 9
    np.testing.assert_array_equal(found["train"].get_xdata(), range(1, 31))
    np.testing.assert_allclose(found["valid"].get_ydata(), [r["valid_loss"] for r in rows])
    assert found[label].get_xdata() == [9]
    assert axes.get_title() == "loss"
    assert axes.get_ylabel() == "nats per example" and axes.get_xlabel() == "epoch"
    assert imread(tmp_path / "loss.png").shape == (480, 570, 4)
    assert names(tmp_path) == ["loss.png"]


def titles(figure):
    """The names of the quantities, one a panel."""
    return [axes.get_title() for axes in figure.axes if axes.get_visible()]


def units(figure):
    return [axes.get_ylabel() for axes in figure.axes if axes.get_visible()]


def test_loss_curve_has_a_panel_for_each_term(tmp_path, drawn):
    terms = {"train_kl": 5, "valid_kl": 6, "train_reconstruction": 80, "valid_reconstruction": 85}
    save_loss_curve(tmp_path / "loss.png", history(5, **terms), unit="bits")
    assert titles(drawn[0]) == ["loss", "kl", "reconstruction"] and units(drawn[0]) == ["bits"] * 3
    kl = lines(drawn[0].axes[1])
    assert set(kl) == {"train", "valid"}
    np.testing.assert_allclose(kl["valid"].get_ydata(), 6 / np.arange(1, 6))


@pytest.mark.parametrize(("terms", "visible", "hidden"), [(2, 3, 0), (3, 4, 0), (4, 5, 1)])
def test_loss_curve_hides_the_panels_that_are_left_over(tmp_path, drawn, terms, visible, hidden):
    save_loss_curve(tmp_path / "loss.png", history(3, **{f"train_{i}": i + 1 for i in range(terms)}))
    shown = [axes.get_visible() for axes in drawn[0].axes]
    assert (shown.count(True), shown.count(False)) == (visible, hidden)
    named = [axes.get_xlabel() for axes in drawn[0].axes]
    assert named.count("epoch") == min(3, visible) - (visible == 4)  # below each column


def test_loss_curve_names_the_units_there_are(tmp_path, drawn):
    rows = history(3, train_a=1, train_b=2)
    save_loss_curve(tmp_path / "loss.png", rows, unit="")
    save_loss_curve(tmp_path / "loss.png", rows, "nats", unitless={"loss", "b"})
    assert titles(drawn[0]) == titles(drawn[1]) == ["loss", "a", "b"]
    assert [units(figure) for figure in drawn] == [["", "", ""], ["", "nats", ""]]


def test_loss_curve_does_not_repeat_a_single_term(tmp_path, drawn):
    save_loss_curve(tmp_path / "loss.png", history(3, train_reconstruction=100))
    save_loss_curve(tmp_path / "loss.png", history(3, train_reconstruction=101))
    assert [len(figure.axes) for figure in drawn] == [1, 2]


def test_loss_curve_keeps_apart_what_training_and_validation_report(tmp_path, drawn):
    """As of an RBM: the reconstruction, and the pseudo-likelihood."""
    rows = [
        {"epoch": e, "train_reconstruction": 9.0 / e, "valid_loss": 7.0 + e, "valid_pseudo_likelihood": 7.0 + e}
        for e in (1, 2)
    ]
    save_loss_curve(tmp_path / "loss.png", rows, losses=["reconstruction"])
    assert titles(drawn[0]) == ["reconstruction", "pseudo likelihood"]
    left, right = map(lines, drawn[0].axes)
    assert set(left) == {"train"} and set(right) == {"valid", "best valid: 8 at epoch 1"}


def test_loss_curve_does_not_repeat_a_validation_loss(tmp_path, drawn):
    """As of a DBN, whose reconstruction is what both report."""
    rows = [{"epoch": 1, "train_a": 3.0, "train_b": 9.0, "valid_a": 4.0, "valid_loss": 4.0}]
    save_loss_curve(tmp_path / "loss.png", rows, losses=["a"])
    assert titles(drawn[0]) == ["a", "b"]
    assert set(lines(drawn[0].axes[0])) == {"train", "valid", "best valid: 4 at epoch 1"}


def test_legend_of_the_loss_curve_lies_outside_the_panels(tmp_path, drawn):
    save_loss_curve(tmp_path / "loss.png", history(5, train_kl=5, valid_kl=6))
    (legend,) = drawn[0].legends
    assert [text.get_text() for text in legend.get_texts()][:2] == ["train", "valid"]
    box = legend.get_window_extent()
    assert len(drawn[0].axes) == 2
    assert not any(box.overlaps(axes.get_window_extent()) for axes in drawn[0].axes)


def test_loss_curve_of_one_epoch_without_validation(tmp_path, drawn):
    save_loss_curve(tmp_path / "loss.png", [{"epoch": 1, "train_loss": 3.0}])
    (axes,) = drawn[0].axes
    assert list(lines(axes)) == ["train"]
    assert lines(axes)["train"].get_marker() == "o"
    ticks = [t for t in axes.get_xticks() if axes.get_xlim()[0] <= t <= axes.get_xlim()[1]]
    assert ticks == [1]


def test_loss_curve_leaves_out_what_is_no_number(tmp_path, drawn):
    rows = history(4)
    rows[1]["valid_loss"], rows[2]["valid_loss"] = None, float("nan")
    del rows[3]["valid_loss"]
    save_loss_curve(tmp_path / "loss.png", rows)
    np.testing.assert_array_equal(lines(drawn[0].axes[0])["valid"].get_xdata(), [1])


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([], EmptyDataError, "at least one epoch"),
        (
            [{"epoch": 1, "train_loss": 1}, {"epoch": 2}],
            SettingsError,
            "row 1 without 'train_loss'",
        ),
        ([{"loss": 1}], SettingsError, "'epoch' and 'train_loss'"),
    ],
)
def test_loss_curve_refuses(tmp_path, rows, error, message):
    with pytest.raises(error, match=message):
        save_loss_curve(tmp_path / "loss.png", rows)
    assert names(tmp_path) == []


# the latent space ----------------------------------------------------------------------


def test_principal_components_against_scikit_learn():
    x = RNG.randn(50, 6) * [5, 1, 3, 0.5, 2, 1] + 7
    scores, shares = principal_components(x)
    oracle = PCA(n_components=2, svd_solver="full").fit(x)
    np.testing.assert_allclose(shares, oracle.explained_variance_ratio_)
    signs = np.sign((scores * oracle.transform(x)).sum(axis=0))
    np.testing.assert_allclose(scores * signs, oracle.transform(x), atol=1e-10)


def test_principal_components_do_not_depend_on_the_sign():
    x = RNG.randn(50, 3)
    np.testing.assert_allclose(principal_components(x)[0], -principal_components(-x)[0], atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 5), (4, 1), (3, 2)])
def test_principal_components_of_little(shape):
    scores, shares = principal_components(np.ones(shape))
    np.testing.assert_array_equal(scores, np.zeros((shape[0], 2)))
    np.testing.assert_array_equal(shares, [0, 0])


def test_latent_map_of_two_dimensions_shows_them_as_they_are(tmp_path, drawn):
    z, labels = RNG.randn(60, 2), np.arange(60) % 3
    save_latent_map(tmp_path / "latent.png", z, labels)
    (axes,) = drawn[0].axes
    (cloud,) = axes.collections
    order = np.lexsort(np.asarray(cloud.get_offsets()).T)
    np.testing.assert_allclose(cloud.get_offsets()[order], z[np.lexsort(z.T)])
    # each point has the colour that the legend gives its class
    (legend,) = drawn[0].legends
    named = {
        text.get_text(): matplotlib.colors.to_rgb(handle.get_color())
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    assert list(named) == ["0", "1", "2"] and len(set(named.values())) == 3
    for colour, label in zip(cloud.get_facecolors()[order], labels[np.lexsort(z.T)], strict=True):
        np.testing.assert_allclose(colour[:3], named[str(label)])
    assert axes.get_xlabel() == "latent mean, dimension 1"
    assert names(tmp_path) == ["latent.png"]


def test_latent_map_of_more_dimensions_says_the_variance(tmp_path, drawn):
    z = RNG.randn(40, 5) * [3, 0, 1, 0, 0]
    save_latent_map(tmp_path / "latent.png", z, name="latent code")
    (axes,) = drawn[0].axes
    share = round(100 * PCA(2).fit(z).explained_variance_ratio_[0])
    assert axes.get_xlabel() == (
        f"principal component 1 of the latent codes ({share}% of variance)"
    )


def test_latent_map_keeps_the_names_of_classes_apart():
    places = latent._apart([[0, 0], [0, 0], [0.01, 0], [5, 5]], 0.2)
    gaps = [np.hypot(*(places[i] - places[j])) for i in range(4) for j in range(i)]
    assert min(gaps) >= 0.2
    np.testing.assert_array_equal(places[3], [5, 5])


@pytest.mark.parametrize("labels", [None, np.arange(30) % 4, np.array(["cat", "dog", "eel"] * 10)])
@pytest.mark.parametrize("dim", [1, 2, 7])
def test_latent_map_of_every_kind(tmp_path, labels, dim):
    save_latent_map(tmp_path / "latent.png", RNG.randn(30, dim), labels)
    assert imread(tmp_path / "latent.png").std() > 0


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("labels", [None, [0] * 4, [0, 1, 2, 3]])
def test_latent_map_of_a_collapsed_model(tmp_path, dim, labels):
    """All examples in one place, as after a posterior collapse."""
    save_latent_map(tmp_path / "latent.png", np.zeros((4, dim)), labels)
    save_latent_map(tmp_path / "one.png", np.zeros((1, dim)), labels and labels[:1])


@pytest.mark.parametrize("count", [11, 25, 200])
def test_latent_map_of_many_classes(tmp_path, drawn, count):
    save_latent_map(tmp_path / "latent.png", RNG.randn(count * 2, 2), np.arange(count * 2) % count)
    assert len(drawn[0].legends) == (count <= 30)


@pytest.mark.parametrize(
    ("means", "labels", "error", "message"),
    [
        (np.zeros(5), None, ShapeError, "one example a row"),
        (np.zeros((0, 2)), None, EmptyDataError, "at least one"),
        (np.full((3, 2), np.nan), None, NonFiniteError, "6 of 6"),
        (np.zeros((3, 2)), [0, 1], ShapeError, "3 labels"),
        (np.zeros((3, 2)), [0.5, 1, 2], DtypeError, "name classes"),
    ],
)
def test_latent_map_refuses(tmp_path, means, labels, error, message):
    with pytest.raises(error, match=message):
        save_latent_map(tmp_path / "latent.png", means, labels)
    assert names(tmp_path) == []


# points and curves ---------------------------------------------------------------------


@pytest.mark.parametrize(("spread", "least", "most"), [((4, 1), 0.4, 0.7), ((1, 1), 1, 1.2), ((1, 9), 1.5, 2)])
def test_scatter_is_as_high_as_its_points(tmp_path, spread, least, most):
    save_scatter(tmp_path / "x.png", {"points": RNG.rand(200, 2) * spread})
    height, width, _ = imread(tmp_path / "x.png").shape
    assert least < height / width < most


def test_samples_and_reconstructions_that_are_no_images(tmp_path, drawn):
    z, w = RNG.randn(20, 2), RNG.randn(20, 5)
    save_samples(tmp_path / "a.png", z)
    save_reconstructions(tmp_path / "b.png", z, z + 1)
    save_samples(tmp_path / "c.png", w)
    save_reconstructions(tmp_path / "d.png", w, w + 1)
    a, b, c, d = drawn
    np.testing.assert_allclose(a.axes[0].collections[0].get_offsets(), z)
    np.testing.assert_allclose(b.axes[0].collections[1].get_offsets(), z + 1)
    assert [text.get_text() for text in b.legends[0].get_texts()] == [
        "originals", "reconstructions",
    ]  # fmt: skip
    assert len(c.axes) == 12
    np.testing.assert_allclose(c.axes[3].get_lines()[0].get_ydata(), w[3])
    np.testing.assert_allclose(d.axes[3].get_lines()[1].get_ydata(), w[3] + 1)


@pytest.mark.parametrize("n", [1, 3, 5, 12])
@pytest.mark.parametrize("dim", [1, 3, 200])
def test_profiles_of_every_size(tmp_path, n, dim):
    save_profiles(tmp_path / "x.png", {"samples": RNG.randn(n, dim)})
    assert names(tmp_path) == ["x.png"]


@pytest.mark.parametrize(
    ("function", "groups", "error", "message"),
    [
        (save_scatter, {"a": np.zeros((3, 3))}, ShapeError, "2 values"),
        (save_scatter, {}, SettingsError, "one to 2 groups"),
        (save_profiles, dict.fromkeys("abc", np.zeros((3, 2))), SettingsError, "got 3"),
        (save_profiles, {"a": np.zeros((3, 3)), "b": np.zeros((3, 4))}, ShapeError, "one width"),
    ],
)
def test_points_refuse(tmp_path, function, groups, error, message):
    with pytest.raises(error, match=message):
        function(tmp_path / "x.png", groups)
    assert names(tmp_path) == []


# what all have in common ---------------------------------------------------------------

SAVERS = {
    "loss": lambda path: save_loss_curve(path, history(3)),
    "latent": lambda path: save_latent_map(path, np.eye(3)),
    "samples": lambda path: save_samples(path, np.zeros((4, 4)), (2, 2)),
    "reconstructions": lambda path: save_reconstructions(path, *np.zeros((2, 4, 4)), (2, 2)),
    "scatter": lambda path: save_samples(path, np.zeros((4, 2))),
    "profiles": lambda path: save_samples(path, np.zeros((4, 3))),
}


@pytest.mark.parametrize("kind", SAVERS)
def test_pictures_are_png_files_and_leave_nothing_else(tmp_path, kind):
    before = dict(matplotlib.rcParams)
    SAVERS[kind](tmp_path / "new" / "x.png")
    assert (tmp_path / "new/x.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert names(tmp_path / "new") == ["x.png"]
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("kind", SAVERS)
def test_pictures_keep_the_earlier_file_when_the_disk_is_full(tmp_path, monkeypatch, kind):
    (tmp_path / "x.png").write_bytes(b"earlier")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left.*Free some space"):
            SAVERS[kind](tmp_path / "x.png")
    assert names(tmp_path) == ["x.png"]
    assert (tmp_path / "x.png").read_bytes() == b"earlier"


def test_reporting_does_not_load_pyplot():
    script = "import sys, symgen.reporting; sys.exit('matplotlib.pyplot' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == 0


def test_density_is_dark_where_it_is_high(tmp_path, drawn):
    x, y = np.linspace(-3, 3, 40), np.linspace(-1, 1, 30)
    log_density = -0.5 * (x[None, :] ** 2 + (4 * y[:, None]) ** 2)
    save_density(tmp_path / "density.png", log_density, x, y, points=[[0.0, 0.9]])
    red = imread(tmp_path / "density.png")[..., 0]
    axes, bar = drawn[0].axes
    places = axes.transData.transform([(0.05, 0.05), (-2.8, 0.8)]).astype(int)
    middle, corner = (red[len(red) - row, column] for column, row in places)
    assert middle < 0.2 and corner > 0.9
    assert bar.get_position().height == pytest.approx(axes.get_position().height, rel=0.02)
    with pytest.raises(ShapeError, match="30, 40"):
        save_density(tmp_path / "x.png", log_density.T, x, y)
    with pytest.raises(NonFiniteError):
        save_density(tmp_path / "x.png", np.full((30, 40), np.nan), x, y)
    assert not (tmp_path / "x.png").exists()


def test_loss_curve_draws_each_loss_of_a_model_of_several(tmp_path, drawn):
    rows = [{"epoch": 1, "train_a_loss": 1.0, "train_b_loss": 2.0, "train_gap": 0.1}] * 2
    save_loss_curve(tmp_path / "loss.png", rows, "nats", ["a_loss", "b_loss"])
    assert titles(drawn[0]) == ["a loss", "b loss", "gap"]
    with pytest.raises(SettingsError, match="train_c_loss"):
        save_loss_curve(tmp_path / "loss.png", rows, "nats", ["c_loss"])


def test_bound_curve_draws_each_bound_at_its_k(drawn, tmp_path):
    save_bound_curve(tmp_path / "b.png", (50, 1, 5), (-95.0, -100.0, -97.0), (0.5, 0.6, 0.7))
    (axes,) = drawn[0].axes
    ((line, _, (bars,)),) = axes.containers
    np.testing.assert_array_equal(line.get_xydata(), [[1, -100], [5, -97], [50, -95]])
    np.testing.assert_allclose([np.ptp(s[:, 1]) for s in bars.get_segments()], [1.2, 1.4, 1.0])
    assert axes.get_xscale() == "log" and axes.get_ylabel() == "nats per example"
    box, picture = axes.yaxis.label.get_window_extent(), drawn[0].bbox
    assert picture.y0 <= box.y0 and box.y1 <= picture.y1  # all of it is seen
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "5", "50"]


def test_bound_curve_of_nothing_or_of_other_lengths_is_refused(tmp_path):
    with pytest.raises(EmptyDataError, match="draws"):
        save_bound_curve(tmp_path / "b.png", (), (), ())
    with pytest.raises(SettingsError, match="1 and 2 for 2"):
        save_bound_curve(tmp_path / "b.png", (1, 5), (-1.0,), (0.1, 0.1))
    assert names(tmp_path) == []
