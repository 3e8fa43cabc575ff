"""Numbers about trained models that can be trusted."""

from symgen.evaluation.bounds import ExampleTerms, evaluate
from symgen.evaluation.result import Result

__all__ = ["ExampleTerms", "Result", "evaluate"]
