"""What all pictures have in common: colours, sizes, and how they become files."""

import contextlib

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from symgen.files import atomic_write

DPI = 150

#: Colours of the lines, told apart with every kind of colour vision (Okabe and Ito 2008).
BLUE, VERMILION = "#0072B2", "#D55E00"

#: Colours of up to ten classes: the "muted" scheme of P. Tol (2021), and a grey.
CLASSES = (
    "#332288", "#88CCEE", "#44AA99", "#117733", "#999933",
    "#DDCC77", "#CC6677", "#882255", "#AA4499", "#777777",
)  # fmt: skip

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.framealpha": 0.85,  # lines that it cannot avoid shine through
    "legend.edgecolor": "none",
    "lines.linewidth": 1.5,
    "text.usetex": False,
}


@contextlib.contextmanager
def saved_figure(path, width, height, **options):
    """A matplotlib figure that becomes a PNG file when the body ends, whole or not at all.

    Parameters
    ----------
    path : str or Path
    width, height : float
        Inches, at 150 dots an inch.
    **options
        Passed to ``matplotlib.figure.Figure``: ``layout="constrained"``.

    Yields
    ------
    matplotlib.figure.Figure
        With a canvas of its own; pyplot and its global state are not touched.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white", **options)
        FigureCanvasAgg(figure)
        yield figure
        with atomic_write(path) as file:
            # without matplotlib's version in it: the same picture is the same file
            figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
