"""What public programs for Theano were found to need of the namespace."""

import numpy as np
import pytensor.tensor as pt
import pytest
from pytensor.tensor.elemwise import CAReduce

import symgen.theano.tensor as T
from symgen import theano


def test_standing_for_argmax_leaves_its_base_classes_alone():
    op = pt.argmax(pt.fmatrix(), axis=1).owner.op
    assert isinstance(op, T.MaxAndArgmax)
    assert not isinstance(op, CAReduce)  # rewrites of reductions would take it for one


def test_rectifiers_of_arrays_are_arrays():
    x = np.array([-3, 0, 1], np.float32)
    assert T.nnet.relu(x).tolist() == [0, 0, 1] and T.nnet.relu(x).dtype == np.float32
    assert T.nnet.softsign(x).tolist() == [-0.75, 0, 0.5]


def test_softmax_is_recognised_in_compiled_functions():
    x = T.fmatrix()
    for op, expression in (
        (T.nnet.Softmax, T.nnet.softmax(x)),
        (T.nnet.nnet.LogSoftmax, T.log(T.nnet.softmax(x))),
    ):
        compiled = theano.function([x], expression)
        assert [isinstance(node.op, op) for node in compiled.maker.fgraph.apply_nodes] == [True]


def test_default_update_whose_length_is_known():
    mean = theano.shared(np.zeros(2, np.float32))
    mean.default_update = mean + T.constant(np.ones(2, np.float32))
    assert mean.default_update.type.shape == (2,) and mean.type.shape == (None,)
    compiled = theano.function([], mean)
    assert (compiled().tolist(), compiled().tolist()) == ([0, 0], [1, 1])
    with pytest.raises(TypeError, match="Cannot convert Type"):
        mean.default_update = mean.astype("float64") + 1


def test_variable_needs_only_a_type():
    assert theano.Variable(T.fmatrix).owner is None
