"""Names, missing names, and ``theano.config``."""

import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen.errors import NotSupportedError, RangeError, ShapeError
from symgen.theano._missing import MissingNameError, attribute_lookup
from symgen.theano.configparser import UnknownOptionError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def fast_compile():
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        yield


@pytest.mark.parametrize(
    ("constructor", "dtype", "ndim"),
    [
        ("fmatrix", "float32", 2),
        ("dvector", "float64", 1),
        ("iscalar", "int32", 0),
        ("lscalar", "int64", 0),
        ("bmatrix", "int8", 2),
        ("wmatrix", "int16", 2),
        ("ftensor4", "float32", 4),
        ("zcol", "complex128", 2),
        ("matrix", "float64", 2),
    ],
)
def test_constructors_give_theanos_types(constructor, dtype, ndim):
    x = getattr(T, constructor)("x")
    assert (x.dtype, x.ndim, x.name) == (dtype, ndim, "x")


def test_programs_of_old_find_their_names():
    x = T.dvector("x")
    f = theano.function([x], [T.abs_(x), T.inv(x), T.sgn(x), T.cast(x, "int32"), T.sqr(x)])
    absolute, inverse, sign, integer, square = f([-2.0, 4.0])
    np.testing.assert_array_equal(absolute, [2, 4])
    np.testing.assert_array_equal(inverse, [-0.5, 0.25])
    np.testing.assert_array_equal(sign, [-1, 1])
    np.testing.assert_array_equal(integer, np.array([-2, 4], "int32"))
    np.testing.assert_array_equal(square, [4, 16])


def test_what_is_behind_a_name_is_pytensors_own():
    assert T.exp is pt.exp and T.TensorVariable is pt.TensorVariable
    assert issubclass(theano.Op, pytensor.graph.op.Op) and T.add is pt.add
    x = T.dscalar("x")
    assert pytensor.function([x], x + pt.exp(x), mode="FAST_COMPILE")(0.0) == 1.0


def test_missing_name_says_whether_theano_had_it():
    refuse = attribute_lookup("symgen.theano.tensor")
    with pytest.raises(MissingNameError, match=r"theano.tensor.consider_constant.*1\.0\.5 had it"):
        refuse("consider_constant")
    with pytest.raises(AttributeError, match="does not have. ") as caught:
        T.a_name_of_ours
    assert "1.0.5" not in str(caught.value)
    assert not hasattr(T, "a_name_of_ours")
    assert theano.sparse.csr_matrix  # a submodule that nobody has imported
    for module in (theano.compile, theano.gradient, theano.printing, T.nnet, T.extra_ops):
        assert isinstance(module, types.ModuleType)
        with pytest.raises(MissingNameError, match="no_such_name"):
            module.no_such_name


@pytest.mark.parametrize(
    ("a", "b", "einsum"),
    [
        ((5, 2, 3), (5, 3, 4), "nij,njk->nik"),
        ((5, 3), (5, 3), "nj,nj->n"),
        ((5, 3), (5, 3, 4), "nj,njk->nk"),
        ((5, 2, 3), (5, 3), "nij,nj->ni"),
        ((5,), (5, 3, 4), "n,njk->njk"),
        ((5, 2, 3), (5,), "nij,n->nij"),
    ],
)
def test_batched_dot_is_a_dot_for_each(a, b, einsum):
    rng = np.random.default_rng(1)
    a_value, b_value = rng.normal(size=a), rng.normal(size=b)
    found = T.batched_dot(T.as_tensor_variable(a_value), T.as_tensor_variable(b_value))
    wanted = np.einsum(einsum, a_value, b_value)
    np.testing.assert_allclose(theano.function([], found)(), wanted, rtol=1e-12)


def test_batched_tensordot_sums_the_axes_named():
    rng = np.random.default_rng(2)
    x_value, y_value = rng.normal(size=(5, 2, 3, 4)), rng.normal(size=(5, 4, 6, 3))
    x, y = T.dtensor4("x"), T.dtensor4("y")
    f = theano.function([x, y], T.batched_tensordot(x, y, [[2, 3], [3, 1]]))
    wanted = np.einsum("niab,nbca->nic", x_value, y_value)
    np.testing.assert_allclose(f(x_value, y_value), wanted, rtol=1e-12)
    g = theano.function([x, y], T.batched_tensordot(x, y, 1))
    wanted = np.einsum("niab,nbcd->niacd", x_value, y_value)
    np.testing.assert_allclose(g(x_value, y_value), wanted, rtol=1e-12)
    with pytest.raises(RangeError, match="batch axis"):
        T.batched_tensordot(x, y, [[0], [0]])
    with pytest.raises(ShapeError, match="batch"):
        T.batched_dot(T.dscalar(), y)


def test_lop_and_rop_are_the_jacobian_from_either_side():
    jacobian = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    x, left, right = T.dvector("x"), T.dvector("left"), T.dvector("right")
    y = T.dot(jacobian, x)
    f = theano.function(
        [x, left, right],
        [theano.Lop(y, x, left), theano.Rop(y, x, right)],
        on_unused_input="ignore",
    )
    from_left, from_right = f([0.0, 0.0], [1.0, 10.0, 100.0], [1.0, 10.0])
    np.testing.assert_array_equal(from_left, [531.0, 642.0])
    np.testing.assert_array_equal(from_right, [21.0, 43.0, 65.0])


def test_clone_replaces():
    x, y = T.dscalar("x"), T.dscalar("y")
    assert theano.function([y], theano.clone(x * x, replace={x: y + 1}))(2.0) == 9.0
    other = T.iscalar("other")
    with pytest.raises(TypeError):
        theano.clone(x * x, replace={x: other})
    assert theano.clone(x * x, replace={x: other}, strict=False).dtype == "int32"


def test_ifelse_takes_one_branch():
    x = T.dscalar("x")
    f = theano.function([x], theano.ifelse.ifelse(T.gt(x, 0), x, -x))
    assert f(-3.0) == 3.0


def test_debugprint_keeps_theanos_order_of_arguments():
    x = T.dscalar("x")
    text = theano.printing.debugprint(x + 1, -1, True, "str", "int")
    assert "[id 0]" in text and "x" in text
    with pytest.raises(NotSupportedError, match="clients"):
        theano.printing.debugprint(x, print_clients=True)
    assert "x" in theano.pp(x * 2)


def test_config_reads_and_writes_pytensors():
    assert theano.config.floatX == pytensor.config.floatX
    with theano.config.change_flags(floatX="float32", **{"traceback.limit": 3}):
        assert pytensor.config.floatX == "float32" and T.matrix().dtype == "float32"
        assert theano.config.traceback.limit == pytensor.config.traceback__limit == 3
    old = pytensor.config.traceback__limit
    try:
        theano.config.traceback.limit = 5
        theano.config.on_unused_input = "warn"
        assert pytensor.config.traceback__limit == 5
        assert pytensor.config.on_unused_input == "warn"
    finally:
        theano.config.traceback.limit = old
        theano.config.on_unused_input = "raise"
    assert theano.config.device == "cpu" and theano.config.compute_test_value == "off"
    theano.config.device = "cpu"


@pytest.mark.parametrize("name", ["no_such_option", "blas.no_such_option"])
def test_config_refuses_what_is_unknown(name):
    section, _, last = name.rpartition(".")
    where = getattr(theano.config, section) if section else theano.config
    with pytest.raises(UnknownOptionError, match=name):
        getattr(where, last)
    with pytest.raises(UnknownOptionError, match=name):
        setattr(where, last, 1)
    assert not hasattr(pytensor.config, name)


def test_config_names_the_nearest_option():
    with pytest.raises(UnknownOptionError, match="floatX"):
        theano.config.floatx
    with pytest.raises(UnknownOptionError, match="floatX"):
        theano.config.change_flags(floatx="float32")


def test_change_flags_sets_for_a_while():
    assert theano.config.unittests.rseed == "666"
    with theano.change_flags({"unittests.rseed": 7}, floatX="float32", compute_test_value="off"):
        assert theano.config.unittests.rseed == "7" and T.matrix().dtype == "float32"
    assert theano.config.unittests.rseed == "666" and T.matrix().dtype == theano.config.floatX

    @theano.change_flags(floatX="float32")
    def dtype():
        return T.matrix().dtype

    assert dtype() == "float32" and T.matrix().dtype == theano.config.floatX
    theano.config.warn.sum_sum_bug = True
    assert theano.config.warn.sum_sum_bug is True
    theano.config.warn.sum_sum_bug = False
    with pytest.raises(ValueError, match=r"unittests\.rseed"):
        theano.config.unittests.rseed = "many"
    with pytest.raises(NotSupportedError, match="device"), theano.change_flags(device="cuda"):
        pass


def test_config_refuses_what_cannot_be_honoured():
    with pytest.raises(NotSupportedError, match="SYMGEN_BACKEND"):
        theano.config.device = "cuda"
    with pytest.raises(ValueError, match="compute_test_value"):
        theano.config.compute_test_value = "always"
    with pytest.raises(ValueError, match="float3"):
        theano.config.floatX = "float3"
    with pytest.raises(NotSupportedError, match="THEANO_FLAGS"):
        theano.config.base_compiledir = "elsewhere"


def run(code, flags, **environment):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "THEANO_FLAGS": flags, **environment}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )


def test_theano_flags_are_applied(tmp_path):
    code = """
import symgen.theano as theano, pytensor
print(pytensor.config.floatX, pytensor.config.mode, pytensor.config.exception_verbosity,
      pytensor.config.on_unused_input, theano.config.optimizer, pytensor.config.traceback__limit,
      pytensor.config.base_compiledir)
"""
    flags = (
        "floatX=float32,mode=FAST_COMPILE,exception_verbosity=high,on_unused_input=ignore,"
        f"optimizer=fast_compile,traceback.limit=7,base_compiledir={tmp_path}"
    )
    done = run(code, flags, PYTENSOR_FLAGS="")
    assert done.stdout == f"float32 FAST_COMPILE high ignore fast_compile 7 {tmp_path}\n"
    assert done.stderr == ""


def test_theano_flags_that_cannot_be_honoured_are_said_once():
    code = "import symgen.theano, symgen.theano.tensor; print(symgen.theano.config.device)"
    done = run(code, "device=cuda0,floatX=float32,warn.sum_sum_bug=False")
    assert done.stdout == "cpu\n"
    assert done.stderr.count("device=cuda0 is ignored") == 1
    assert "sum_sum_bug" not in done.stderr  # there is no such bug to warn of
    assert "floatX" not in done.stderr
    late = run("import pytensor, symgen.theano", "base_compiledir=elsewhere")
    assert "base_compiledir is ignored" in late.stderr


def test_pytensor_flags_count_before_theano_flags():
    code = "import symgen.theano as theano; print(theano.config.floatX)"
    base = os.environ.get("PYTENSOR_FLAGS", "")
    done = run(code, "floatX=float32", PYTENSOR_FLAGS=f"floatX=float64,{base}".strip(","))
    assert done.stdout == "float64\n" and "floatX=float32 is ignored" in done.stderr


@pytest.mark.parametrize("flags", ["floatX=float33", "floatX"])
def test_theano_flags_with_bad_values_are_named(flags):
    done = run("import symgen.theano", flags)
    assert done.returncode == 1
    assert "SettingsError" in done.stderr.splitlines()[-1] and "floatX" in done.stderr


def test_theanorc_is_read(tmp_path):
    path = tmp_path / "theanorc"
    path.write_text("[global]\nfloatX = float32\ndevice = cpu\n[traceback]\nlimit = 9\n")
    code = """
import symgen.theano as theano
print(theano.config.floatX, theano.config.traceback.limit)
"""
    done = run(code, "", THEANORC=str(path))
    assert done.stdout == "float32 9\n" and done.stderr == ""
    assert run(code, "floatX=float64", THEANORC=str(path)).stdout == "float64 9\n"
