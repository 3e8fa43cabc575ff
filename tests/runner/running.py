"""How the tests of the runner start ``symgen run``."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]


def write(folder, **files):
    """Write dedented texts as ``NAME.py`` into a folder; return the path of the first."""
    paths = [folder / f"{name}.py" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    return paths[0]


def symgen_run(*arguments, code=0, cwd=None, **environment):
    """Run ``python -m symgen run``; return its standard output and standard error."""
    process = subprocess.run(
        [sys.executable, "-m", "symgen", "run", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1",
             **environment},
    )  # fmt: skip
    assert process.returncode == code, process.stdout + process.stderr
    return process.stdout, process.stderr
