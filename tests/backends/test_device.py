"""A shared variable whose value lies elsewhere; the device here is a list in the host's memory."""

import numpy as np
import pytensor
import pytest

from symgen.backends import device, select
from symgen.backends.device import DeviceContainer, adopt, transfers


class Remote:
    """An array that NumPy and C cannot read."""

    def __init__(self, array):
        self.values = array.tolist()


@pytest.fixture
def remote(monkeypatch):
    """A shared variable [1, 2] on a device that has its type registered."""
    monkeypatch.setitem(device._TO_NUMPY, Remote, lambda r: np.array(r.values))
    variable = pytensor.shared(np.zeros(2), name="w")
    adopt(variable.container)
    variable.container.storage[0] = Remote(np.array([1.0, 2.0]))
    return variable


def test_get_value_is_numpy_and_the_value_stays(remote):
    before = transfers.copy()
    np.testing.assert_array_equal(remote.get_value(), [1, 2])
    assert isinstance(remote.container, DeviceContainer)
    assert isinstance(remote.container.storage[0], Remote)
    moved = transfers - before
    assert (moved.arrays_to_host, moved.bytes_to_host, moved.arrays_to_device) == (1, 16, 0)


def test_set_value_is_seen(remote):
    remote.set_value(np.array([3.0, 4.0]))
    np.testing.assert_array_equal(remote.get_value(), [3, 4])


@pytest.mark.parametrize("backend", ["c", "numba", "py"])
def test_host_backends_bring_it_home_once(remote, backend):
    f = pytensor.function([], remote.sum(), updates={remote: 2 * remote}, mode=select(backend))
    before = transfers.copy()
    assert (f(), f()) == (3, 6)
    assert (transfers - before).arrays_to_host == 1
    np.testing.assert_array_equal(remote.get_value(), [4, 8])
