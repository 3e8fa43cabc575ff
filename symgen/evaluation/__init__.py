"""Numbers about trained models that can be trusted."""

from symgen.evaluation.annealing import (
    Annealing,
    ais_betas,
    ais_log_z,
    raise_log_likelihood,
    reverse_ais_log_z,
)
from symgen.evaluation.bits import bits_per_dimension
from symgen.evaluation.bounds import ExampleTerms, evaluate
from symgen.evaluation.classifier import Classifier
from symgen.evaluation.frechet import frechet_distance, gaussian_frechet_distance
from symgen.evaluation.importance import importance_log_prob, iwae_curve
from symgen.evaluation.inputs import check_context, check_examples, check_trained
from symgen.evaluation.likelihood import log_likelihood, lower_bound, pseudo_likelihood
from symgen.evaluation.mmd import PolynomialKernel, RBFKernel, squared_mmd
from symgen.evaluation.partition import binary_states, exact_log_z
from symgen.evaluation.parzen import parzen_log_density, parzen_window
from symgen.evaluation.precision_recall import precision_and_recall
from symgen.evaluation.result import Result

__all__ = [
    "Annealing",
    "Classifier",
    "ExampleTerms",
    "PolynomialKernel",
    "RBFKernel",
    "Result",
    "ais_betas",
    "ais_log_z",
    "binary_states",
    "bits_per_dimension",
    "check_context",
    "check_examples",
    "check_trained",
    "evaluate",
    "exact_log_z",
    "frechet_distance",
    "gaussian_frechet_distance",
    "importance_log_prob",
    "iwae_curve",
    "log_likelihood",
    "lower_bound",
    "parzen_log_density",
    "parzen_window",
    "precision_and_recall",
    "pseudo_likelihood",
    "raise_log_likelihood",
    "reverse_ais_log_z",
    "squared_mmd",
]
