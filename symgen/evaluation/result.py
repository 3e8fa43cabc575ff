"""What an evaluation says: a number with its unit, direction, error bar and data."""

from dataclasses import asdict, dataclass, field

import numpy as np

from symgen.errors import NonFiniteError


@dataclass(frozen=True)
class Result:
    """One evaluated quantity.

    Attributes
    ----------
    metric : str
        What was measured, such as ``"ELBO"``.
    value : float
        Mean over the examples; of log Z, its estimate.
    unit : str
        Such as ``"nats per example"``.
    bound : str
        How the value stands to the log probability of the data, ``"lower bound on log p(x)"``,
        ``"exact"``, ``"none"``, or to log Z. ``"… in expectation"`` is said of a random estimate
        whose mean is such a bound: one estimate may lie on the other side.
    standard_error : float or None
        Of the mean over the examples: their standard deviation over the root of their number.
        It says how far another sample of as many examples would differ, and holds no noise of
        the estimate of one example beyond what that adds to the spread. None of one example, which
        has no spread.
    n : int
        Number of examples; of log Z, of states summed or chains run.
    n_samples : int
        Draws of the latent variables for each example.
    interval : (float, float) or None
        Where the value lies, in the sense that the function that made the result states: by the
        noise of log Z's estimate alone, three of its standard errors either way, for annealing; a
        95 % interval that holds the spread of the examples too, for importance sampling. None where
        the function gives none.
    terms : dict of str to float
        Means of the parts that make up the value, in the same unit.
    dataset, split, dataset_hash, binarization : str
        What it was measured on. Where the caller does not say, the hash is that of the examples.
    details : dict of str to float or str
        What else tells how far to trust the value, by name.

    Raises
    ------
    NonFiniteError
        When a number of it is NaN or infinite.
    """

    metric: str
    value: float
    unit: str
    bound: str
    standard_error: float | None
    n: int
    n_samples: int
    interval: tuple | None = None
    terms: dict = field(default_factory=dict)
    dataset: str = ""
    split: str = ""
    dataset_hash: str = ""
    binarization: str = ""
    details: dict = field(default_factory=dict)

    def __post_init__(self):
        low, high = self.interval or (None, None)
        ends = {"low end": low, "high end": high}
        numbers = {"value": self.value, "standard error": self.standard_error, **ends}
        for name, number in {**numbers, **self.terms, **self.details}.items():
            if isinstance(number, float) and not np.isfinite(number):
                raise NonFiniteError(
                    f"the {self.metric} to be finite",
                    f"{name} = {number}",
                    "The model or the samples may have diverged: look at their numbers.",
                )

    def with_error(self, digits=2):
        """Value and standard error in words, such as ``"-98.31 ± 0.27"``."""
        error = "" if self.standard_error is None else f" ± {self.standard_error:.{digits}f}"
        return f"{self.value:.{digits}f}{error}"

    def as_dict(self):
        """All attributes as plain values, ready for JSON."""
        return asdict(self)


def mean_and_standard_error(values, what):
    """Mean of `values` and its standard error, in float64; of one value it is None.

    Raises
    ------
    NonFiniteError
        When a value is NaN or infinite: none is ever left out of an average.
    """
    values = np.asarray(values, dtype="float64")
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise NonFiniteError(
            f"{what} to be finite for every example",
            f"{wrong.size} of {values.size} that are not, first for example {wrong[0]}",
            "The model may have diverged: train again with a lower learning rate.",
        )
    if values.size < 2:
        return float(values.mean()), None
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))
