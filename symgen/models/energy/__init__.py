"""Models given by an energy: ``p(x) = exp(-E(x)) / Z``, with Z a sum over all states."""

from symgen.models.energy.boltzmann_machine import BoltzmannMachine
from symgen.models.energy.conditional_rbm import ConditionalRBM
from symgen.models.energy.dbm import DBM
from symgen.models.energy.dbn import DBN
from symgen.models.energy.dbn_classifier import DBNClassifier
from symgen.models.energy.gaussian_rbm import GaussianRBM
from symgen.models.energy.rbm import RBM, PersistentRBM
from symgen.models.energy.tempering import TemperedRBM

MODELS = {
    model.name: model
    for model in (
        RBM, PersistentRBM, TemperedRBM, GaussianRBM, ConditionalRBM, BoltzmannMachine,
        DBN, DBNClassifier, DBM,
    )
}  # fmt: skip

__all__ = [
    "DBM",
    "DBN",
    "MODELS",
    "RBM",
    "BoltzmannMachine",
    "ConditionalRBM",
    "DBNClassifier",
    "GaussianRBM",
    "PersistentRBM",
    "TemperedRBM",
]
