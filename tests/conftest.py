"""What all tests share."""

import platform

import numpy as np
import pytensor
import pytest


def pytest_report_header(config):
    versions = platform.python_version(), pytensor.__version__, np.__version__
    return "python {}, pytensor {}, numpy {}".format(*versions)


@pytest.fixture
def rng():
    """A NumPy generator, the same for every test."""
    return np.random.default_rng(20)
