"""The random numbers of a step."""

from collections import namedtuple

Draw = namedtuple("Draw", "distribution shape")
Draw.__doc__ = """``distribution``: "normal" (standard) or "uniform" (in [0, 1)), float32; ``shape``: of one
step's numbers."""


def draws(rng, noise, steps):
    """Numbers for ``steps`` steps: dict of float32 arrays ``(steps, *shape)``."""
    kinds = {"normal": rng.standard_normal, "uniform": rng.random}
    return {
        name: kinds[draw.distribution]((steps,) + tuple(draw.shape), dtype="float32")
        for name, draw in noise.items()
    }
