"""Numbers about trained models that can be trusted."""

from symgen.evaluation.bounds import evaluate
from symgen.evaluation.result import Result

__all__ = ["Result", "evaluate"]
