"""``theano.sparse.opt``: the rewrites of sparse graphs and their Ops, PyTensor's."""

import pytensor.sparse.rewriting as rewriting

from symgen.theano._missing import attribute_lookup

_refuse = attribute_lookup(__name__)

# Theano's name -> a later one.
_LATER = {
    "AddSD_ccode": "AddSparseDenseC",
    "StructuredAddSVCSR": "StructuredAddSparseDenseVectorCSR",
}


def __getattr__(name):
    for there in (name, _LATER.get(name)):
        if there in vars(rewriting) and not name.startswith("__"):
            return getattr(rewriting, there)
    return _refuse(name)
