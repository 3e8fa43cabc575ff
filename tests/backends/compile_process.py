"""Processes that compile a small graph in a cache of their own, and say what they compiled."""

import os
import subprocess
import sys

GRAPH = """
import numpy as np, pytensor, pytensor.tensor as pt
from symgen import backends
x, y = pt.fmatrices("x", "y")
outputs = [pt.tanh(x) + y, (x * y).sum(axis=0), pt.exp(x).sum(), x @ y, pt.sqrt(abs(x) + 1) * y]
f = pytensor.function([x, y], outputs, mode=backends.select("c"))
a = np.arange(9, dtype="float32").reshape(3, 3) / 9
right = [np.tanh(a) + a, (a * a).sum(0), np.exp(a).sum(), a @ a, np.sqrt(abs(a) + 1) * a]
for got, expected in zip(f(a, a), right):
    np.testing.assert_allclose(got, expected, rtol=1e-5)
"""

WATCHED = """
import time
from pytensor.link.c.cmodule import GCC_compiler
from symgen.backends import parallel_compile
spans, by_pytensor = [], []
run, compile_str = parallel_compile.subprocess.run, GCC_compiler.compile_str

def watched_run(*args, **kwargs):
    start = time.monotonic()
    result = run(*args, **kwargs)
    if "-shared" in args[0]:
        spans.append((start, time.monotonic()))
    return result

def watched_compile_str(*args, **kwargs):
    by_pytensor.append(args[0] if args else kwargs["module_name"])
    return compile_str(*args, **kwargs)

parallel_compile.subprocess.run = watched_run
GCC_compiler.compile_str = staticmethod(watched_compile_str)
"""


def start(code, folder, **environment):
    """Start a Python process on `code` with its compile cache in `folder`."""
    environment = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={folder}", **environment}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    """(what it printed, what it printed on stderr); fails when the process failed."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out, err
