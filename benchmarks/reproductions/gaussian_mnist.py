"""Gaussians with full covariance on the logits of MNIST: the baselines of the MAF tables.

Grey levels with uniform noise come to [0, 1) and, with lambda = 1e-6, to the line; the densities are
those of the logits. Fitted in closed form to the 50 000 training images. The conditional row is a
Gaussian for each class, and its value ``log sum_y p(x | y) / 10``, the classes being equally likely.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt
from scipy.special import logsumexp

from benchmarks.reproductions import Line, Published
from benchmarks.reproductions._logits import nats_of_logits, to_logits
from symgen import backends, datasets
from symgen.models import Gaussian

SOURCE = "Papamakarios et al. 2017, Table 2"
SETTING = "MNIST logits, lambda = 1e-6, dequantised"
PUBLISHED = (
    Published(-1366.9, "nats per example", "test log p, logits of MNIST, unconditional", "exact", SOURCE, SETTING),
    Published(-1344.7, "nats per example", "test log p, logits of MNIST, conditional", "exact", SOURCE, SETTING),
)  # fmt: skip


def main(alpha=1e-6, seed=0):
    """Both rows, in float64; `seed` is that of the noise."""
    data = datasets.load("mnist")
    logits_of = to_logits(data, alpha, seed)
    train, test = (logits_of(data.splits[split])[0] for split in ("train", "test"))
    labels = data.labels["train"]
    by_class = [_log_prob(train[labels == c], test) for c in np.unique(labels)]
    values = (
        _log_prob(train, test),
        logsumexp(by_class, axis=0) - np.log(len(by_class)),
    )
    names = "Gaussian", "Gaussian of each class"
    return [
        Line(name, nats_of_logits(value, data), published)
        for name, value, published in zip(names, values, PUBLISHED, strict=True)
    ]


def _log_prob(train, test):
    model = Gaussian(train.shape[1], dtype="float64")
    model.maximize_likelihood(train)
    x = pt.dmatrix("x")
    return pytensor.function([x], model.log_prob(x), mode=backends.select("py"))(test)
