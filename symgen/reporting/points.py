"""Examples that are no images: points of the plane, and curves."""

import numpy as np

from symgen.errors import SettingsError, ShapeError
from symgen.reporting.checks import as_rows
from symgen.reporting.style import BLUE, VERMILION, saved_figure

_COLOURS = (BLUE, VERMILION)
N_CURVES = 12  # of each group, in a picture of curves


def _groups(groups, dim=None):
    """Each group as a matrix; one or two of them, of one width."""
    if not 1 <= len(groups) <= len(_COLOURS):
        raise SettingsError(
            expected=f"one to {len(_COLOURS)} groups, a colour for each",
            got=f"{len(groups)}",
            remedy="Draw the others in another picture.",
        )
    rows = {label: as_rows(x, f"the {label}", dim) for label, x in groups.items()}
    widths = {x.shape[1] for x in rows.values()}
    if len(widths) != 1:
        raise ShapeError(
            expected="groups whose examples have one number of features",
            got=", ".join(f"{label}: {x.shape}" for label, x in rows.items()),
            remedy="Give arrays of one width.",
        )
    return rows


def save_scatter(path, groups):
    """Save points of the plane, one colour a group.

    Parameters
    ----------
    path : str or Path
    groups : dict of str to array_like, shape (n, 2)
        At most two groups, by the label of their colour.

    Raises
    ------
    SettingsError
        When there are more than two groups, or none.
    ShapeError, DtypeError, EmptyDataError, NonFiniteError
        When a group cannot be drawn so.
    OutputError
        When the file cannot be written.
    """
    rows = _groups(groups, dim=2)
    across, up = np.ptp(np.concatenate(list(rows.values())), axis=0)
    # as high as one scale for both axes makes the points
    height = 0.9 + 3.7 * float(np.clip(up / across if across else 1, 0.4, 2))
    with saved_figure(path, 4.5, height, layout="constrained") as figure:
        axes = figure.add_subplot()
        most = max(len(x) for x in rows.values())
        size = float(np.clip(6000 / most, 2, 25))
        for (label, x), colour in zip(rows.items(), _COLOURS, strict=False):
            axes.scatter(*x.T, s=size, c=colour, alpha=0.6, linewidths=0, label=label)
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xlabel("$x_1$")
        axes.set_ylabel("$x_2$")
        if len(rows) > 1:
            legend = figure.legend(loc="outside upper center", ncols=len(rows), markerscale=2)
            for handle in legend.legend_handles:
                handle.set_alpha(1)


def save_profiles(path, groups):
    """Save examples as curves of value against feature, one colour a group.

    Parameters
    ----------
    path : str or Path
    groups : dict of str to array_like, shape (n, dim)
        At most two groups; the first twelve examples of each are drawn.
        Two groups of equally many examples are pairs, and share a panel.

    Raises
    ------
    SettingsError
        When there are more than two groups, or none.
    ShapeError, DtypeError, EmptyDataError, NonFiniteError
        When a group cannot be drawn so.
    OutputError
        When the file cannot be written.
    """
    rows = _groups(groups)
    count = min(N_CURVES, max(len(x) for x in rows.values()))
    columns = min(4, count)
    lines = -(-count // columns)
    dim = next(iter(rows.values())).shape[1]
    marker = "o" if dim <= 30 else None
    with saved_figure(path, 6.5, 0.7 + 1.1 * lines, layout="constrained") as figure:
        panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        for index, axes in enumerate(panels.flat):
            axes.set_visible(index < count)
            for (label, x), colour in zip(rows.items(), _COLOURS, strict=False):
                if index < len(x):
                    axes.plot(
                        np.arange(1, dim + 1), x[index],
                        color=colour, marker=marker, markersize=2.5, linewidth=1,
                        label=label if index == 0 else None,
                    )  # fmt: skip
        figure.supxlabel("feature", fontsize=9)
        figure.supylabel("value", fontsize=9)
        if len(rows) > 1:
            figure.legend(loc="outside upper center", ncols=len(rows))


def save_points(path, groups):
    """Save examples that are no images: :func:`save_scatter` of pairs of numbers, else curves.

    Parameters
    ----------
    path : str or Path
    groups : dict of str to array_like, shape (n, dim)

    Raises
    ------
    SettingsError
        When there are more than two groups, or none.
    ShapeError, DtypeError, EmptyDataError, NonFiniteError
        When a group cannot be drawn.
    OutputError
        When the file cannot be written.
    """
    rows = _groups(groups)
    in_plane = next(iter(rows.values())).shape[1] == 2
    (save_scatter if in_plane else save_profiles)(path, rows)
