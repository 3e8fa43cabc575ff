"""``theano.gof.toolbox``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.features import (
    AlreadyThere, BadOptimization, Bookkeeper, Feature, History, NoOutputFromInplace,
    PreserveVariableAttributes, ReplaceValidate, ReplacementDidNotRemoveError as
    ReplacementDidntRemovedError, Validator,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
