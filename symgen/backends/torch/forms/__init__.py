"""The code of each Op, a file for each family; importing this package registers them all."""

from symgen.backends.torch.forms import (
    control,
    elemwise,
    indexing,
    linear,
    philox,
    random,
    reductions,
    scan,
    shapes,
    signal,
    softmax,
    sorting,
)

__all__ = [
    "control",
    "elemwise",
    "indexing",
    "linear",
    "philox",
    "random",
    "reductions",
    "scan",
    "shapes",
    "signal",
    "softmax",
    "sorting",
]
