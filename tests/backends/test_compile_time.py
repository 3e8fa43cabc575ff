"""What a second process compiles: nothing, on C (see test_c_cache) and on Numba."""

import re

import pytest
from compile_process import finish, start

# Two layers, a draw, a minibatch by index, an update: each kind of code that a model's step has.
STEP = """
import numpy as np, pytensor, pytensor.tensor as pt
import numba.core.event as event
from symgen import backends, updates
from symgen.random import RandomStreams

compiled = []

class Listener(event.Listener):
    def on_start(self, event):
        function = event.data["dispatcher"].py_func
        compiled.append(f"{function.__code__.co_filename}:{function.__name__}")
    def on_end(self, event):
        pass

event.register("numba:compile", Listener())
data = pytensor.shared(np.ones((20, 4), "float32"), shape=(None, 4))
w = pytensor.shared(np.ones((4, 2), "float32"), name="w")
x, index, streams = pt.fmatrix("x"), pt.lscalar("index"), RandomStreams(0)
noise = streams.normal(size=(5, 2), dtype="float32")
loss = (pt.tanh(x @ w) + noise).sum()
step = pytensor.function(
    [index],
    loss,
    updates={**updates.sgd(loss, [w]), **streams.updates},
    givens={x: data[index * 5 : (index + 1) * 5]},
    mode=backends.select("numba", "cpu"),
)
print(float(step(1)), float(step(2)))
print(len(compiled), *compiled)
"""

ADDRESS = re.compile(r"pytensor/link/numba/dispatch/linalg/_BLAS.py:get_\w+_pointer$")


def test_numba_compiles_nothing_in_a_second_process(tmp_path):
    pytest.importorskip("numba")
    outputs = [finish(start(STEP, tmp_path))[0].splitlines() for _ in range(2)]
    assert outputs[0][0] == outputs[1][0]
    assert int(outputs[0][1].split()[0]) > 20
    again = outputs[1][1].split()[1:]
    # PyTensor 3.3 asks SciPy for the address of a BLAS routine, which is another in each process,
    # by a function of a few instructions that Numba cannot keep.
    assert [name for name in again if not ADDRESS.search(name)] == []
