"""Every wrong array has its named error, and a right one comes back as it should."""

import numpy as np
import pytest

from symgen.datasets import check_array
from symgen.datasets.validation import check_labels
from symgen.errors import (
    DtypeError,
    EmptyDataError,
    NonFiniteError,
    RangeError,
    ShapeError,
)

GOOD = np.linspace(0, 1, 12).reshape(4, 3)


def with_value(value, row=1, column=2):
    x = GOOD.copy()
    x[row, column] = value
    return x


def two_bad():
    x = with_value(np.nan)
    x[3, 0] = np.inf
    return x


@pytest.mark.parametrize(
    ("x", "options", "error", "message"),
    [
        (GOOD[0], {}, ShapeError, r"2 dimensions.*shape \(3,\).*reshape\(1, -1\)"),
        (GOOD.reshape(2, 2, 3), {}, ShapeError, r"shape \(2, 2, 3\).*reshape\(len\(x\), -1\)"),
        (np.float64(3), {}, ShapeError, r"shape \(\)"),
        ([[1, 2], [3]], {}, ShapeError, "one length"),
        (GOOD, {"dim": 5}, ShapeError, r"5 features.*shape \(4, 3\)"),
        (GOOD[:0], {}, EmptyDataError, r"at least one example.*\(0, 3\)"),
        (GOOD[:, :0], {}, EmptyDataError, r"\(4, 0\)"),
        (GOOD[:0], {"dim": 3}, EmptyDataError, "at least one example"),
        (GOOD.astype(complex), {}, DtypeError, "complex128.*numbers"),
        (GOOD.astype(str), {}, DtypeError, "dtype <U"),
        (GOOD.astype(object), {}, DtypeError, "dtype object"),
        (GOOD.astype("M8[s]"), {}, DtypeError, "datetime64"),
        (None, {}, DtypeError, "dtype object"),
        (np.ma.masked_less(GOOD, 0.2), {}, DtypeError, "hides 3 of 12"),
        (with_value(np.nan), {}, NonFiniteError, r"1 of 12.*index \(1, 2\): nan.*fill in"),
        (with_value(-np.inf, 0, 0), {}, NonFiniteError, r"index \(0, 0\): -inf"),
        (two_bad(), {"value_range": (0, 1)}, NonFiniteError, r"2 of 12.*\(1, 2\)"),
        (with_value(1.5), {"value_range": (0, 1)}, RangeError, r"\[0, 1\].*maximum of 1.5.*escale"),
        (with_value(-0.5), {"value_range": (0, 1)}, RangeError, "of -0.5.*value_range=None"),
        (with_value(1e300), {}, RangeError, "float32 can hold.*1e\\+300.*SYMGEN_FLOATX"),
    ],
)
def test_check_array_names_what_is_wrong(x, options, error, message):
    with pytest.raises(error, match=message) as caught:
        check_array(x, "the training data", **options)
    assert "the training data" in str(caught.value)


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_check_array_converts(monkeypatch, floatx, dtype, order):
    monkeypatch.setenv("SYMGEN_FLOATX", floatx)
    x = np.array([[0, 1, 1], [1, 0, 1]], dtype=dtype, order=order)
    y = check_array(x, "x", dim=3, value_range=(0, 1))
    assert y.dtype == floatx and y.flags.c_contiguous
    np.testing.assert_array_equal(y, [[0, 1, 1], [1, 0, 1]])
    assert np.shares_memory(x, y) == (dtype == floatx and order == "C")


def test_check_array_judges_the_range_after_conversion():
    """1 + 1e-12 is 1 in float32, which is what is used."""
    assert check_array([[1 + 1e-12]], "x", value_range=(0, 1)) == 1


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 1], ShapeError, r"\(3,\).*shape \(2,\)"),
        ([[0, 1, 2]], ShapeError, r"shape \(1, 3\)"),
        ([0.0, 1.0, 2.0], DtypeError, "integers.*float64"),
        (["a", "b", "c"], DtypeError, "dtype <U1"),
        (np.array([0, 1, 2**63], dtype=np.uint64), RangeError, "int64"),
    ],
)
def test_check_labels_names_what_is_wrong(labels, error, message):
    with pytest.raises(error, match=message):
        check_labels(labels, "the labels", 3)


def test_check_labels_converts():
    y = check_labels(np.array([[2], [0], [1]], dtype=np.uint8), "labels", 3)
    assert y.dtype == np.int64
    np.testing.assert_array_equal(y, [2, 0, 1])
