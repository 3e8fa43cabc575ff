"""The picture of all workloads: each peer's time beside the reference's, a point for each.

``python -m benchmarks.picture benchmarks/results/all-threads2`` draws it anew from the results that
``benchmarks.all`` has written there.
"""

import argparse
import sys
from pathlib import Path

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from symgen.errors import SymgenError
from symgen.reporting.style import saved_figure

# Colour and marker of each peer; symgen's backends share a colour and differ by marker.
SYMGEN, TORCH, JAX, THEANO, PYTENSOR_ML = "#D55E00", "#CC79A7", "#0072B2", "#555555", "#009E73"
LOOKS = {
    "symgen": (SYMGEN, "D", "symgen (default)"),
    "symgen_theano": (SYMGEN, "v", "symgen as theano"),
    "symgen_training": (SYMGEN, "P", "symgen, training loop"),
    "symgen_jax": (SYMGEN, "o", "symgen on JAX"),
    "symgen_torch": (SYMGEN, "s", "symgen on PyTorch"),
    "symgen_numba": (SYMGEN, "^", "symgen on Numba"),
    "torch_eager": (TORCH, "s", "PyTorch, eager"),
    "torch_compile": (TORCH, "X", "PyTorch, compile"),
    "torch_cuda_graph": (TORCH, "D", "PyTorch, CUDA graph"),
    "jax_jit": (JAX, "o", "JAX"),
    "pytensor_ml": (PYTENSOR_ML, "^", "pytensor-ml"),
    "theano_105": (THEANO, "v", "Theano 1.0.5"),
    "numpy_by_hand": ("#E69F00", "*", "NumPy by hand"),
}
_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
_BETWEEN = (0.3, 0.4, 0.6, 0.8, 1.2, 1.5, 3, 4, 6, 8)  # where there is room


def ratios(record):
    """Each peer's time over the reference's, paired by rounds, and the floor's, as medians.

    Parameters
    ----------
    record : dict
        Of a workload's steps or epochs.

    Returns
    -------
    peers : dict of str to (low, median, high)
        The reference has 1.
    floor : float or None
    """
    analysis = record["analysis"]
    peers = {}
    for name, row in analysis["peers"].items():
        if name == analysis["reference"]:
            peers[name] = (1.0, 1.0, 1.0)
        elif "reference_over_peer" in row:
            spread = row["reference_over_peer"]
            peers[name] = tuple(1 / spread[key] for key in ("q3", "median", "q1"))
    reference = analysis["peers"][analysis["reference"]]
    floor = reference.get("times_floor")
    return peers, None if floor is None else 1 / floor["median"]


def draw(results, path):
    """Draw the picture of steps and, where they were measured, of epochs.

    Parameters
    ----------
    results : dict
        By workload, as ``benchmarks.all`` writes them; not empty.
    path : Path
        PNG file.
    """
    panels = [per for per in ("step", "epoch") if any(r[per] for r in results.values())]
    names = list(results)
    width, height = 2.2 + 4.4 * len(panels), 2.1 + 0.72 * len(names)
    with saved_figure(path, width, height, layout="constrained") as figure:
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        seen = {}
        for axis, per in zip(axes, panels, strict=True):
            _panel(axis, per, results, names, seen)
        reference = next(iter(results.values()))["step"]["analysis"]["reference"]
        label = LOOKS[reference][2] if reference in LOOKS else reference
        figure.supxlabel(f"time over that of {label}: to the right of 1 is slower", fontsize=9)
        order = [name for name in [*LOOKS, *seen] if name in seen]
        handles = [seen[name] for name in dict.fromkeys(order)]
        figure.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False)


def _panel(axis, per, results, names, seen):
    low, high = 0.8, 1.25
    for row, workload in enumerate(names):
        if row % 2:
            axis.axhspan(row - 0.5, row + 0.5, color="#f4f4f4", linewidth=0)
        record = results[workload][per]
        if record is None:
            continue
        peers, floor = ratios(record)
        for place, (name, spread) in enumerate(peers.items()):
            y = row + 0.8 * ((place + 0.5) / len(peers) - 0.5)
            color, marker, label = LOOKS.get(name, ("#000000", ".", name))
            axis.plot(spread[::2], (y, y), color=color, linewidth=1.2, alpha=0.6)
            (line,) = axis.plot(
                spread[1], y, marker, color=color, markersize=6, markeredgecolor="white",
                markeredgewidth=0.5, label=label,
            )  # fmt: skip
            seen.setdefault(name, line)
            low, high = min(low, *spread), max(high, *spread)
        if floor is not None:
            ends = (row - 0.45, row + 0.45)
            (line,) = axis.plot(
                (floor, floor), ends, color="black", linewidth=1.4, label="matrix products alone"
            )
            seen.setdefault("floor", line)
            low = min(low, floor)
    axis.axvline(1, color=SYMGEN, linewidth=0.8, zorder=0)
    axis.set_xscale("log")
    axis.set_xlim(low / 1.15, high * 1.15)
    ticks = _TICKS if high / low > 10 else (*_TICKS, *_BETWEEN)
    axis.xaxis.set_major_locator(FixedLocator(ticks))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.grid(visible=False, axis="y")
    axis.set_title({"step": "one training step a call", "epoch": "a whole epoch"}[per])


def main(arguments=None):
    """The command; returns the exit code."""
    from benchmarks.all import read_results

    parser = argparse.ArgumentParser(prog="python -m benchmarks.picture", description=__doc__)
    parser.add_argument("folder", type=Path, help="with the results of benchmarks.all")
    folder = parser.parse_args(arguments).folder
    results = read_results(folder)
    if not results:
        print(f"error: expected results of benchmarks.all in {folder}; got none", file=sys.stderr)
        return 1
    try:
        draw(results, folder / "ratios.png")
    except SymgenError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(folder / "ratios.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
