"""Laws of every initializer in the table."""

import numpy as np
import pytest

from symgen.initializers import INITIALIZERS

pytestmark = pytest.mark.parametrize("initializer", INITIALIZERS.values(), ids=INITIALIZERS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_dtype(initializer, dtype, rng):
    for shape in (5, 3), (4, 3, 2, 2):
        values = initializer(shape, rng, dtype)
        assert isinstance(values, np.ndarray)
        assert values.shape == shape and values.dtype == dtype


def test_dtype_by_default_is_symgens(initializer, rng, monkeypatch):
    for dtype in "float32", "float64":
        monkeypatch.setenv("SYMGEN_FLOATX", dtype)
        assert initializer((2, 2), rng).dtype == dtype


def test_same_seed_same_values(initializer):
    values = [
        initializer((5, 3), np.random.default_rng(3), dtype)
        for dtype in ("float64", "float64", "float32")
    ]
    np.testing.assert_array_equal(values[0], values[1])
    np.testing.assert_array_equal(values[0].astype("float32"), values[2])
