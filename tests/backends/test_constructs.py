"""Every construct on every backend: the value, the gradients among the outputs, the dtype."""

import os
import warnings

import numpy as np
import pytensor
import pytest
from constructs import CONSTRUCTS

from symgen import backends
from symgen.errors import BackendError

BACKENDS = ("py", "c", "numba", "jax", "torch")
# A compiler takes seconds for most rows: C and Numba run these, in float32, and all rows where the
# environment says SYMGEN_TEST_ALL=1 (a quarter of an hour when their caches are empty).
COMPILED = ("c", "numba")
SAMPLE = {
    "minibatch_slice",
    "minibatch_of_an_order",
    "slice_to_argument",
    "reshape_of_argument",
    "draw_of_shape",
    "mask_sum",
    "mask_as_output",
    "set_and_inc_window",
    "inc_rows",
    "argmax_and_error_rate",
    "ifelse_of_argument",
    "assert_that_holds",
    "scan_until_last_state",
    "int64_beyond_int32",
}
TOLERANCE = {"float32": 2e-5, "float64": 1e-10}


def run(case, backend, device="cpu"):
    """Outputs of the last call, the updated values, and the outputs of the call before it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PyTensor deprecates RandomStream, scan
        warnings.simplefilter("ignore", DeprecationWarning)
        f = pytensor.function(
            case.inputs,
            case.outputs,
            updates=case.updates,
            givens=case.givens,
            mode=backends.select(backend, device),
        )
    calls = [f(*case.values) for _ in range(case.calls)]
    state = [s.get_value() for s in case.updates if hasattr(s.type, "dtype")]
    return [*calls[-1], *state], calls


def reference(construct, dtype, case):
    """What the results have to be, from NumPy or from the Python backend."""
    if case.expected is not None:
        return case.expected
    if construct.draws:
        return run(construct.build(dtype), "py")[0]
    return run(construct.build("float64"), "py")[0]


def kinds(case):
    """dtype and number of dimensions of every result."""
    variables = [*case.outputs, *(s for s in case.updates if hasattr(s.type, "dtype"))]
    return [(v.type.dtype, v.type.ndim) for v in variables]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda row: row.name)
@pytest.mark.parametrize("backend", BACKENDS)
def test_construct(construct, backend, dtype):
    if backend in ("numba", "jax", "torch"):
        pytest.importorskip(backend)
    sampled = construct.name in SAMPLE and dtype == "float32"
    if backend in COMPILED and not sampled and not os.environ.get("SYMGEN_TEST_ALL"):
        pytest.skip("takes long to compile; SYMGEN_TEST_ALL=1 runs it")
    check(construct, backend, dtype)


def check(construct, backend, dtype, device="cpu"):
    """Run a row and compare it with what it has to be."""
    case = construct.build(dtype)
    if backend in construct.refused:
        with pytest.raises(BackendError, match=construct.refused[backend]) as caught:
            run(case, backend, device)
        assert backend in str(caught.value).lower() and caught.value.remedy
        return
    got, calls = run(case, backend, device)
    assert len(got) == len(kinds(case))
    for value, (kind, ndim) in zip(got, kinds(case), strict=True):
        assert (
            isinstance(value, np.ndarray | np.generic)
            and value.dtype == kind
            and np.ndim(value) == ndim
        )
    if not case.same_draws:
        assert not np.array_equal(calls[0][0], calls[1][0])
        right = run(construct.build(dtype), "py")[0]
        assert [np.shape(value) for value in got] == [np.shape(value) for value in right]
        return
    for value, right in zip(got, reference(construct, dtype, case), strict=True):
        assert np.shape(value) == np.shape(right)
        scale = max(1.0, float(np.max(np.abs(right), initial=0)))
        np.testing.assert_allclose(
            value, right, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * scale
        )
