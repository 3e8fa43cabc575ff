"""What all tests share."""

import platform

import numpy as np
import pytensor
import pytest

from symgen.backends import gpu


def pytest_report_header(config):
    versions = platform.python_version(), pytensor.__version__, np.__version__
    return "python {}, pytensor {}, numpy {}".format(*versions)


def pytest_collection_modifyitems(items):
    if gpu.backend() is not None:
        return
    for item in items:
        if item.get_closest_marker("gpu"):  # a folder may be named so too
            item.add_marker(pytest.mark.skip(reason="no NVIDIA GPU with JAX or PyTorch for CUDA"))


@pytest.fixture
def rng():
    """A NumPy generator, the same for every test."""
    return np.random.default_rng(20)
