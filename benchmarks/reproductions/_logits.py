"""What the reproductions on logits of MNIST share: the way from grey levels, and bits per pixel back.

With noise ``u`` a level ``k`` of 256 becomes ``y = (k + u) / 256`` and with lambda
``z = logit(lambda + (1 - 2 lambda) y)``. The densities in print are those of ``z``. That of ``y`` is
``log p(y) = log p(z) + log |det dz/dy|``, and in bits per pixel ``log2(256) - log2 p(y) / dim``.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends
from symgen.evaluation import Result
from symgen.evaluation.result import mean_and_standard_error
from symgen.models.flows import Logit
from symgen.models.flows.dequantization import dequantize, log_cell_volume
from symgen.random import RandomStreams


def to_logits(data, alpha, seed):
    """A function of grey levels that gives logits and ``log |det dz/dy|``, both in float64.

    `alpha` is the lambda; `seed` is that of the noise, which each image is given once.
    """
    x, srng = pt.dmatrix("x"), RandomStreams(seed)
    outputs = Logit(data.dim, alpha).inverse_and_log_det(dequantize(x, data.levels, srng))
    f = pytensor.function([x], outputs, updates=srng.updates, mode=backends.select("py"))
    return lambda images: f(images.astype("float64"))


def nats_of_logits(log_prob, data):
    """The mean of ``log p(z)`` of the test images as a Result."""
    return _result("log-likelihood of logits", log_prob, "nats per example", "exact", data)


def bits_per_pixel(log_prob, log_det, data):
    """The mean of the bits per pixel, a bound by the noise, from ``log p(z)`` and ``log |det dz/dy|``."""
    log_p = log_prob + log_det + log_cell_volume(data.dim, data.levels)
    bits = -log_p / (data.dim * np.log(2))
    return _result("bits per dimension", bits, "bits per dimension", "upper bound", data)


def _result(metric, values, unit, bound, data):
    value, standard_error = mean_and_standard_error(values, metric)
    return Result(
        metric=metric,
        value=value,
        unit=unit,
        bound=bound,
        standard_error=standard_error,
        n=len(values),
        n_samples=1,
        dataset=data.name,
        split="test",
        dataset_hash=data.hash,
        binarization="none (dequantised grey levels)",
    )
