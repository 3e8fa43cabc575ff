"""Curves: losses and their terms by epoch, and a bound by its number of draws."""

import math

from matplotlib.ticker import MaxNLocator

from symgen.errors import EmptyDataError, SettingsError
from symgen.reporting.style import BLUE, VERMILION, saved_figure

FEW_EPOCHS = 40  # up to here each epoch has its mark


def _points(history, key):
    """Epochs and values where ``key`` has a finite value."""
    pairs = [(row["epoch"], row[key]) for row in history if row.get(key) is not None]
    pairs = [(epoch, float(value)) for epoch, value in pairs if math.isfinite(value)]
    return [epoch for epoch, _ in pairs], [value for _, value in pairs]


def _panels(history, losses):
    """What each panel shows, by name: {split: (epochs, values)}.

    The losses come first, then their terms, then a validation loss that is none of them. What stands
    in another panel already, such as the only term of a loss, has none of its own.
    """
    names = dict.fromkeys(losses)
    for row in history:
        for key in row:
            split, _, name = key.partition("_")
            if split in ("train", "valid") and name and name != "loss":
                names[name] = None
    panels, seen = {}, []
    for name in (*names, "loss"):
        curves = {split: _points(history, f"{split}_{name}") for split in ("train", "valid")}
        curves = {split: points for split, points in curves.items() if points[0]}
        if name in losses or not all(item in seen for item in curves.items()):
            panels[name] = curves
            seen += curves.items()
    return panels


def _prepare(axes, label, unit, epochs):
    span = epochs[-1] - epochs[0]
    axes.set_title(label)
    axes.set_ylabel(unit)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.set_xlim(epochs[0] - max(0.5, 0.03 * span), epochs[-1] + max(0.5, 0.03 * span))


def save_loss_curve(path, history, unit="nats per example", losses=("loss",), unitless=()):
    """Save the losses and their terms by epoch, training and validation, a panel for each.

    The epoch with the lowest validation loss is marked, in the panel that shows that loss: it is
    another quantity than the training's where training reports what validation cannot, such as the
    reconstruction beside the pseudo-likelihood of an RBM. Values that are NaN, infinite or missing
    are left out.

    Parameters
    ----------
    path : str or Path
    history : list of dict
        One row an epoch: ``"epoch"``, ``"train_<loss>"``, perhaps ``"valid_loss"``, and terms as
        ``"train_<term>"``, ``"valid_<term>"``. Other keys are not drawn.
    unit : str
        Of the losses and their terms; empty where they have none.
    losses : sequence of str
        Names of the losses.
    unitless : collection of str
        Losses and terms that have not that unit: penalties, shares of errors.

    Raises
    ------
    EmptyDataError
        When there is no row.
    SettingsError
        When a row has no ``epoch`` or lacks a loss.
    OutputError
        When the file cannot be written.
    """
    history = list(history)
    if not history:
        raise EmptyDataError(
            expected="a history of at least one epoch",
            got="no rows",
            remedy="Train for an epoch first.",
        )
    for index, row in enumerate(history):
        needed = ["epoch", *(f"train_{name}" for name in losses)]
        missing = [key for key in needed if key not in row]
        if missing:
            raise SettingsError(
                expected=f"each row of the history to have {' and '.join(map(repr, needed))}",
                got=f"row {index} without {' and '.join(map(repr, missing))}",
                remedy="Give the rows as training returns them.",
            )
    all_epochs = sorted(row["epoch"] for row in history)
    valid = _points(history, "valid_loss")
    panels = _panels(history, losses)
    columns = len(panels) if len(panels) < 4 else 2 if len(panels) == 4 else 3
    rows = -(-len(panels) // columns)
    style = {"marker": "o" if len(history) <= FEW_EPOCHS else None, "markersize": 3}
    legend = {}
    with saved_figure(path, 3.4 * columns + 0.4, 2.8 * rows + 0.4, layout="constrained") as figure:
        all_axes = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
        for axes in all_axes[len(panels) :]:
            axes.set_visible(False)
        for index, (axes, (name, curves)) in enumerate(zip(all_axes, panels.items(), strict=False)):
            _prepare(axes, name.replace("_", " "), "" if name in unitless else unit, all_epochs)
            if index + columns >= len(panels):  # none below it
                axes.set_xlabel("epoch")
                axes.tick_params(labelbottom=True)
            for split, colour in (("train", BLUE), ("valid", VERMILION)):
                if split in curves:
                    (legend[split],) = axes.plot(*curves[split], color=colour, label=split, **style)
            if valid[0] and curves.get("valid") == valid:
                legend["best"] = _mark_lowest(axes, *valid)
        # above the panels, where it hides no curve
        figure.legend(handles=list(legend.values()), loc="outside upper center", ncols=len(legend))


def _mark_lowest(axes, epochs, values):
    best = min(range(len(values)), key=values.__getitem__)
    (mark,) = axes.plot(
        epochs[best], values[best], "o",
        markersize=8, markerfacecolor="none", markeredgecolor="black", clip_on=False,
        label=f"best valid: {values[best]:.4g} at epoch {epochs[best]}",
    )  # fmt: skip
    return mark


def save_bound_curve(path, ks, values, errors, unit="nats per example"):
    """Save a bound on log p(x) over the number of draws k it is made of, on a logarithmic axis.

    Parameters
    ----------
    path : str or Path
    ks : sequence of int, each at least 1
    values, errors : sequences of float, as long as `ks`
        The bound at each k, and its standard error over the examples, NaN where none is known.
    unit : str
        Of the bound.

    Raises
    ------
    EmptyDataError
        Without a number of draws.
    SettingsError
        When the three differ in length.
    OutputError
        When the file cannot be written.
    """
    if not len(ks):
        raise EmptyDataError(
            expected="at least one number of draws", got="none", remedy="Give ks=[1, 5, 50], say."
        )
    if not len(ks) == len(values) == len(errors):
        raise SettingsError(
            expected="as many values and errors as numbers of draws",
            got=f"{len(values)} and {len(errors)} for {len(ks)}",
            remedy="Give one of each.",
        )
    order = sorted(range(len(ks)), key=ks.__getitem__)
    ks, values, errors = ([sequence[i] for i in order] for sequence in (ks, values, errors))
    with saved_figure(path, 3.8, 3.0, layout="constrained") as figure:
        axes = figure.subplots()
        axes.errorbar(ks, values, errors, color=BLUE, marker="o", markersize=3, capsize=3)
        axes.set_xscale("log")
        axes.set_xticks(ks, [str(k) for k in ks], minor=False)
        axes.minorticks_off()
        axes.set_xlabel("draws k")
        axes.set_title("importance-weighted bound ± standard error")
        axes.set_ylabel(unit)
