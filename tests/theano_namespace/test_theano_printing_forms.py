"""``theano.printing`` and ``theano.misc``: descriptions of graphs, pickles, a raising Op."""

import io

import numpy as np
import pytest

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen.theano.misc import pkl_utils
from symgen.theano.misc.may_share_memory import may_share_memory
from symgen.theano.printing import hex_digest, var_descriptor
from symgen.theano.raise_op import Raise


def test_descriptions_do_not_depend_on_names_within():
    def build():
        x = T.dscalar("x")
        return T.exp(x) + T.exp(x) * x

    assert var_descriptor(build()) == var_descriptor(build())
    assert var_descriptor(build()).startswith("A=Add(B=Exp(C=x)")
    assert var_descriptor(build()) != var_descriptor(T.exp(T.dscalar("x")))


def test_digest_tells_layouts_apart():
    a = np.arange(6.0).reshape(2, 3)
    assert hex_digest(a) == hex_digest(a.copy())
    assert len({hex_digest(b) for b in (a, a.T, a.ravel(), np.asfortranarray(a))}) == 4


def test_zipped_pickles():
    w = [theano.shared(np.full(2, float(i)), name="w") for i in range(2)]
    file = io.BytesIO()
    pkl_utils.dump({"w": w, "more": np.arange(3)}, file)
    file.seek(0)
    arrays = np.load(file)
    assert list(arrays.keys()) == ["w", "w_2", "array_0", "pkl"]
    np.testing.assert_array_equal(arrays["w_2"], [1.0, 1.0])
    back = pkl_utils.load(file)
    assert [v.get_value().tolist() for v in back["w"]] == [[0.0, 0.0], [1.0, 1.0]]
    assert back["more"].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="pkl"):
        pkl_utils.dump(theano.shared(np.ones(2), name="pkl"), io.BytesIO())


def test_pickles_of_python_2():
    text = b"(dp0\nS'caf\\xe9'\np1\nI1\ns."  # {'caf\xe9': 1}, protocol 0
    assert pkl_utils.CompatUnpickler(io.BytesIO(text)).load() == {"caf\xe9": 1}


def test_memory_and_raise():
    a = np.zeros(4)
    assert may_share_memory(a, a[2:]) and not may_share_memory(a, a.copy())
    assert not may_share_memory(a, 1, raise_other_type=False)
    with pytest.raises(TypeError):
        may_share_memory(a, 1)
    f = theano.function([], Raise("never", KeyError)(T.constant(1.0)), mode="FAST_COMPILE")
    with pytest.raises(KeyError, match="never"):
        f()
