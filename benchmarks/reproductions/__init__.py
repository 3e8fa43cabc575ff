"""Published numbers and how to reach them: one file a result.

A file ``NAME.py`` holds

``PUBLISHED``
    A :class:`Published`: the number to reach, or the tuple of several; None where the figure to
    compare with is computed, such as an entropy.
``main(**settings)``
    Loads the data, trains, evaluates, and returns a list of :class:`Line`. The defaults of its
    arguments are the settings of the record; those that ``python -m benchmarks.reproduce NAME
    --set name=value`` may change are numbers, strings and truth values.

Its docstring says in the first line what is reproduced, and then what differs from the paper.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Published:
    """A number in print.

    Attributes
    ----------
    value : float
    unit : str
        Such as ``"nats per example"``.
    what : str
        Metric and data: ``"test log p, static binarized MNIST"``.
    bound : str
        ``"exact"``, ``"lower bound"``, ``"upper bound"`` or ``"estimate"``.
    source : str
        Authors, year, table.
    setting : str
        Sizes, epochs and whatever else must agree for the numbers to be comparable.
    """

    value: float
    unit: str
    what: str
    bound: str
    source: str
    setting: str = ""


@dataclass(frozen=True)
class Line:
    """One measured number beside the published one.

    Attributes
    ----------
    label : str
        Model and settings, short.
    result : symgen.evaluation.Result
    published : Published, optional
    known : float, optional
        The exact value where mathematics gives it, such as an entropy with its sign turned.
    more : dict
        Plain values to keep in the record: a curve, settings.
    """

    label: str
    result: object
    published: Published | None = None
    known: float | None = None
    more: dict = field(default_factory=dict)
