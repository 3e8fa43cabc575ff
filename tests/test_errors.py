import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from symgen import errors
from symgen.backends import select
from symgen.errors import ShapeError, SymgenError, UnknownNameError, look_up


def test_message_says_expected_got_and_remedy():
    error = ShapeError("a vector", "a matrix", "Take a row.")
    assert str(error) == "expected a vector; got a matrix. Take a row."
    assert isinstance(error, ValueError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_every_error_is_a_symgen_error_and_a_built_in_one():
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and k is not SymgenError]
    assert len(kinds) > 10
    for kind in kinds:
        assert issubclass(kind, SymgenError)
        assert issubclass(kind, ValueError | TypeError | OSError | RuntimeError)


def test_pytensor_adds_where_it_happened():
    class Refuse(Op):
        def make_node(self, x):
            return Apply(self, [x], [x.type()])

        def perform(self, node, inputs, outputs):
            raise ShapeError("a vector", "something else", "Take a row.")

    x = pt.dvector("x")
    f = pytensor.function([x], Refuse()(x), mode=select("py"))
    with pytest.raises(ShapeError, match=r"(?s)expected a vector; got .*HINT"):
        f(np.ones(2))


def test_look_up_names_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'adam'"):
        look_up("rule", "adm", {"adam": 1, "sgd": 2})
