"""Batch normalisation: training with running statistics, and prediction."""

from symgen.ops.batchnorm.functions import (
    batch_normalization,
    batch_normalization_test,
    batch_normalization_train,
)
from symgen.ops.batchnorm.op import BatchNormTrain, BatchNormTrainGrad

__all__ = [
    "BatchNormTrain",
    "BatchNormTrainGrad",
    "batch_normalization",
    "batch_normalization_test",
    "batch_normalization_train",
]
