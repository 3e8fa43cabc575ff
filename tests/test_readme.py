"""The README's program runs as printed."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


@pytest.mark.smoke
def test_the_program_runs_and_its_loss_falls():
    program = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL).group(1)
    names = {}
    exec(program, names)
    reconstruction, kl = map(sum, zip(*names["terms"], strict=True))
    assert (reconstruction + kl) / 12 < 30  # 64 log 2 = 44 nats at the beginning
