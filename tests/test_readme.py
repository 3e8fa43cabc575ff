"""The README's programs run as printed."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture(scope="module")
def programs():
    """The README's programs, in order."""
    return re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def names(programs):
    """What the first program leaves behind."""
    names = {}
    exec(programs[0], names)
    return names


@pytest.mark.smoke
def test_the_program_runs_and_its_loss_falls(names):
    reconstruction, kl = map(sum, zip(*names["terms"], strict=True))
    assert (reconstruction + kl) / 12 < 30  # 64 log 2 = 44 nats at the beginning


@pytest.mark.smoke
def test_whole_epochs_on_jax_go_on_from_there(programs, names):
    pytest.importorskip("jax")
    exec(programs[1], names)
    assert names["reconstructions"].shape == (12,)
    assert (names["reconstructions"] + names["kls"]).mean() < 30
