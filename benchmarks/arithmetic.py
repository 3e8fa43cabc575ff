"""Quartiles and paired ratios of timings."""

from math import isfinite


def quantile(values, q):
    """Quantile by linear interpolation between order statistics.

    Parameters
    ----------
    values : sequence of float
        Not empty.
    q : float
        In [0, 1].

    Returns
    -------
    float
    """
    if not values:
        raise ValueError("expected at least one value; got none")
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def summarise(values):
    """``{"median", "min", "max", "q1", "q3", "n"}`` of a sequence of finite numbers."""
    values = list(values)
    if not all(isfinite(v) for v in values):
        raise ValueError("expected finite values; got " + repr(values))
    return {
        "median": quantile(values, 0.5),
        "min": min(values),
        "max": max(values),
        "q1": quantile(values, 0.25),
        "q3": quantile(values, 0.75),
        "n": len(values),
    }


def paired_ratios(numerators, denominators):
    """Ratios round by round, ``numerators[r] / denominators[r]``.

    The pairing takes out what slows a whole round down, such as a clock that
    was lowered or another process that ran all through it.
    """
    numerators, denominators = list(numerators), list(denominators)
    if len(numerators) != len(denominators):
        raise ValueError(
            "expected as many rounds of one as of the other; got %d and %d"
            % (len(numerators), len(denominators))
        )
    return [a / b for a, b in zip(numerators, denominators)]


def relative_differences(values, reference):
    """``|v - r| / max(|r|, 1e-12)`` element by element."""
    if len(values) != len(reference):
        raise ValueError("expected %d values; got %d" % (len(reference), len(values)))
    return [abs(v - r) / max(abs(r), 1e-12) for v, r in zip(values, reference)]


def rotated(items, round_number):
    """The order of turns in a round: ``items`` begun one place later each round."""
    start = round_number % len(items)
    return list(items[start:]) + list(items[:start])
