"""Numbers about trained models that can be trusted."""

from symgen.evaluation.bounds import ExampleTerms, check_context, evaluate
from symgen.evaluation.result import Result

__all__ = ["ExampleTerms", "Result", "check_context", "evaluate"]
