"""Samples of flows on the graph as a backend rewrites it, where PyTensor's rewrites went wrong."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends
from symgen.models import MODELS


def test_splines_between_linear_maps_go_back_to_their_data():
    """The graph as rewritten against the graph as it stands: a row sliced backwards was another one."""
    model = MODELS["neural_spline"](2, dtype="float64")
    rng = np.random.default_rng(0)
    for param in model.params:
        value = param.get_value()
        param.set_value(value + 0.3 * rng.normal(size=value.shape))
    z, latent = pt.dmatrix(), rng.normal(size=(50, 2))
    modes = ("FAST_COMPILE", backends.select("py"))
    plain, rewritten = (pytensor.function([z], model.to_data(z), mode=mode)(latent) for mode in modes)
    np.testing.assert_allclose(rewritten, plain, atol=1e-6)
