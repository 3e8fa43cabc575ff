"""Curves: loss and its terms by epoch, and a bound by its number of draws."""

import math

from matplotlib.ticker import MaxNLocator

from symgen.errors import EmptyDataError, SettingsError
from symgen.reporting.style import BLUE, LINES, VERMILION, saved_figure

FEW_EPOCHS = 40  # up to here each epoch has its mark


def _points(history, key):
    """Epochs and values where ``key`` has a finite value."""
    pairs = [(row["epoch"], row[key]) for row in history if row.get(key) is not None]
    pairs = [(epoch, float(value)) for epoch, value in pairs if math.isfinite(value)]
    return [epoch for epoch, _ in pairs], [value for _, value in pairs]


def _term_names(history, losses):
    """Names of the terms beside the losses, in the order of the rows."""
    names = {}
    for row in history:
        for key in row:
            split, _, name = key.partition("_")
            if split in ("train", "valid") and name not in ("", *losses):
                names[name] = None
    return list(names)


def _prepare(axes, label, unit, epochs):
    span = epochs[-1] - epochs[0]
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"{label} ({unit})" if unit else label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.set_xlim(epochs[0] - max(0.5, 0.03 * span), epochs[-1] + max(0.5, 0.03 * span))


def save_loss_curve(path, history, unit="nats per example", losses=("loss",)):
    """Save the loss by epoch, training and validation, and its terms where it has several.

    A model of several losses, such as a GAN, has a line for each.

    The epoch with the lowest validation loss is marked. Values that are NaN,
    infinite or missing are left out.

    Parameters
    ----------
    path : str or Path
    history : list of dict
        One row an epoch: ``"epoch"``, ``"train_loss"``, perhaps
        ``"valid_loss"``, and terms as ``"train_<term>"``, ``"valid_<term>"``.
        Other keys are not drawn.
    unit : str
        Unit of the loss and its terms; empty where they have none.
    losses : sequence of str
        Names of the losses, of which the columns ``"train_<loss>"`` are drawn.

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
    terms = _term_names(history, losses)
    # a single term of a single loss is the loss itself
    panels = 2 if len(terms) > 1 or (terms and len(losses) > 1) else 1
    marker = "o" if len(history) <= FEW_EPOCHS else None
    with saved_figure(path, 3.4 * panels + 0.4, 3.0, layout="constrained") as figure:
        all_axes = figure.subplots(1, panels, squeeze=False)[0]
        axes = all_axes[0]
        _prepare(axes, "loss", unit, all_epochs)
        style = {"marker": marker, "markersize": 3}
        for index, name in enumerate(losses):
            several = f"{name.removesuffix('_loss')}, " if len(losses) > 1 else ""
            colour = BLUE if index == 0 else LINES[index % len(LINES)]
            label = f"{several}train"
            axes.plot(*_points(history, f"train_{name}"), color=colour, label=label, **style)
        epochs, values = _points(history, "valid_loss")
        if values:
            axes.plot(epochs, values, color=VERMILION, label="valid", **style)
            best = min(range(len(values)), key=values.__getitem__)
            axes.plot(
                epochs[best], values[best], "o",
                markersize=8, markerfacecolor="none", markeredgecolor="black", clip_on=False,
                label=f"best valid: {values[best]:.4g} at epoch {epochs[best]}",
            )  # fmt: skip
        axes.legend()
        if panels == 2:
            axes = all_axes[1]
            _prepare(axes, "terms of the loss", unit, all_epochs)
            for index, name in enumerate(terms):
                colour = LINES[index % len(LINES)]
                for split, dashes in (("train", "-"), ("valid", "--")):
                    epochs, values = _points(history, f"{split}_{name}")
                    if values:
                        label = f"{name.replace('_', ' ')}, {split}"
                        axes.plot(epochs, values, dashes, color=colour, label=label, **style)
            axes.legend()


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
        axes.set_ylabel(f"importance-weighted bound ({unit})")
