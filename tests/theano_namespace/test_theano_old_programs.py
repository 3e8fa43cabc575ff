"""What public programs for Theano were found to need of the namespace."""

import pytensor.tensor as pt
from pytensor.tensor.elemwise import CAReduce

import symgen.theano.tensor as T


def test_standing_for_argmax_leaves_its_base_classes_alone():
    op = pt.argmax(pt.fmatrix(), axis=1).owner.op
    assert isinstance(op, T.MaxAndArgmax)
    assert not isinstance(op, CAReduce)  # rewrites of reductions would take it for one
