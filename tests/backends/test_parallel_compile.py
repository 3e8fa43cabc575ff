"""C modules compiled side by side: right, shared between processes, safe against kills."""

import os
import subprocess
import sys
import time

import pytest

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
import threading, time
from pytensor.link.c.cmodule import GCC_compiler
spans, original = [], GCC_compiler.compile_str

def compile_str(*args, **kwargs):
    start = time.monotonic()
    result = original(*args, **kwargs)
    spans.append((start, time.monotonic(), kwargs.get("py_module", True)))
    return result

GCC_compiler.compile_str = staticmethod(compile_str)
"""

BROKEN = """
import pytensor, pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from symgen import backends

class Broken(COp):
    __props__ = ()
    def make_node(self, x):
        return Apply(self, [x], [x.type()])
    def perform(self, node, inputs, outputs):
        outputs[0][0] = inputs[0]
    def c_code(self, node, name, inames, onames, sub):
        return "this is no C;"
    def c_code_cache_version(self):
        return (1,)

x = pt.fmatrix("x")
pytensor.function([x], [Broken()(pt.tanh(x)), pt.exp(x) + 1], mode=backends.select("c"))
"""


def start(code, folder, **environment):
    environment = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={folder}", **environment}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor")
def test_modules_are_compiled_at_the_same_time_and_only_once(tmp_path):
    report = "overlap = any(a[0] < b[0] < a[1] for a in spans for b in spans)\n"
    report += "print(overlap, sum(own for _, _, own in spans), len(spans) > 3)"
    out = finish(start(WATCHED + GRAPH + report, tmp_path))
    # None compiled by PyTensor's own call but its virtual machine, which it builds once.
    overlap, own, several = out.split()[-3:]
    assert overlap == "True" and several == "True"
    assert int(own) <= 2
    again = finish(start(WATCHED + GRAPH + "print(len(spans))", tmp_path))
    assert again.split()[-1] == "0"


def test_a_module_that_does_not_compile_is_reported_with_its_line(tmp_path):
    process = start(BROKEN, tmp_path)
    _, err = process.communicate(timeout=300)
    assert process.returncode != 0
    assert "CompileError" in err and "this is no C" in err


def test_two_processes_at_once(tmp_path):
    processes = [start(GRAPH, tmp_path) for _ in range(2)]
    for process in processes:
        finish(process)


def test_a_process_killed_while_compiling_leaves_nothing_broken(tmp_path):
    for seconds in (0.7, 1.2, 1.7):
        process = start(GRAPH, tmp_path)
        time.sleep(seconds)
        process.kill()
        process.communicate()
    begin = time.monotonic()
    finish(start(GRAPH, tmp_path))
    assert time.monotonic() - begin < 60  # it did not wait for a lock of the dead
