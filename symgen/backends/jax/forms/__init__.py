"""symgen's own JAX forms, where PyTensor's would lose a shape, a dtype or an error."""

from symgen.backends.jax.forms import (
    control,
    elemwise,
    indexing,
    masks,
    random,
    scan,
    shapes,
    signal,
)

__all__ = ["control", "elemwise", "indexing", "masks", "random", "scan", "shapes", "signal"]
