"""C modules compiled side by side: right, shared between processes, safe against kills."""

import time
import types

import numpy as np
import pytest
from compile_process import GRAPH, WATCHED, finish, start

from symgen import models, training
from symgen.backends import compiler, parallel_compile

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


SOURCES = """
import pytensor, pytensor.tensor as pt
from symgen import backends
from symgen.backends import parallel_compile

seen = []
split = parallel_compile.split
parallel_compile.split = lambda source: seen.append(split(source)[1]) or split(source)
x = pt.fmatrix("x")
pytensor.function([x], [pt.tanh(x)], mode=backends.select("c"))
print(any(all(shared in body for shared in parallel_compile._SHARED) for body in seen))
"""


@pytest.mark.skipif(parallel_compile.processors() < 2, reason="one processor")
def test_modules_are_compiled_together_at_the_same_time_and_only_once(tmp_path):
    report = """
overlap = any(a[0] < b[0] < a[1] for a in spans for b in spans)
modules = len({type(n.op).__name__ for n in f.maker.fgraph.toposort()})
print(overlap, len(spans) < modules, sorted(by_pytensor) == ["cutils_ext", "lazylinker_ext"])
"""
    out, _ = finish(start(WATCHED + GRAPH + report, tmp_path))
    assert out.split()[-3:] == ["True", "True", "True"]
    again, _ = finish(start(WATCHED + GRAPH + "print(len(spans), by_pytensor)", tmp_path))
    assert again.splitlines()[-1] == "0 []"


# Two Ops whose sources cannot stand in one file: each defines a C function of the same name.
QUARREL = """
import pytensor, pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from symgen import backends

class Times(COp):
    __props__ = ("c_type",)
    def __init__(self, c_type):
        self.c_type = c_type
    def make_node(self, x):
        return Apply(self, [x], [x.type()])
    def perform(self, node, inputs, outputs):
        raise AssertionError("not in C")
    def c_support_code(self, **kwargs):
        return f'extern "C" int of_both() {{ return sizeof({self.c_type}); }}'
    def c_code(self, node, name, inames, onames, sub):
        (x,), (y,) = inames, onames
        return (
            f"Py_XDECREF({y}); {y} = (PyArrayObject*) PyArray_NewCopy({x}, NPY_ANYORDER);"
            f"*(npy_double*) PyArray_DATA({y}) *= sizeof({self.c_type});"
        )
    def c_code_cache_version(self):
        return (1,)

x = pt.dscalar("x")
f = pytensor.function([x], [Times("char")(x), Times("double")(x)], mode=backends.select("c"))
assert [float(value) for value in f(3.0)] == [3.0, 24.0], f(3.0)
"""


def test_sources_that_quarrel_are_compiled_alone(tmp_path):
    one_processor = "import os\nos.sched_getaffinity = lambda pid: {0}\n"
    report = "print(len(spans), sorted(by_pytensor) == ['cutils_ext', 'lazylinker_ext'])"
    out, _ = finish(start(one_processor + WATCHED + QUARREL + report, tmp_path))
    assert out.split()[-2:] == ["3", "True"]  # together in vain, then each alone


class Source:
    """What a module must have to be put together with others."""

    def __init__(self, name, source, key_of_file="same"):
        self.name, self.source, self.key_of_file = name, source, key_of_file
        self.includes, self.body = parallel_compile.split(source)


def test_modules_are_shared_out_by_options_and_length():
    modules = [Source(f"m{k}", "x" * (10 * k + 1)) for k in range(9)]
    modules.append(Source("other", "x" * 100, "other"))
    lists = parallel_compile.shared_out(modules, 4)
    assert sorted(m.name for part in lists for m in part) == sorted(m.name for m in modules)
    assert ["other"] in [[m.name for m in part] for part in lists]
    lengths = [sum(len(m.source) for m in part) for part in lists]
    assert lengths == sorted(lengths, reverse=True) and max(lengths) < 2 * min(lengths)
    assert len(parallel_compile.shared_out(modules, 1)) == 2


def test_names_and_macros_of_one_module_are_not_those_of_the_next():
    """Compiled and run: each module's macro and function, and the macro of a header."""
    module = """#include <cmath>
#include <cstdio>
#ifndef OF_MODULE
#define OF_MODULE {0}
#undef M_PI
#define M_PI 3
#endif
static int value() {{ return OF_MODULE * M_PI; }}
extern "C" int value_{0}() {{ return value(); }}
"""
    text = parallel_compile.together([Source(f"m{k}", module.format(k)) for k in (2, 5)])
    assert text.count("#include <cmath>") == 1
    main = """
extern "C" int value_2(); extern "C" int value_5();
int main() { std::printf("%d %d %.4f", value_2(), value_5(), M_PI); }
"""
    assert compiler.run_program(compiler.find().path, (), text + main) == "6 15 3.1416"


def test_text_that_modules_share_stands_once(monkeypatch):
    """Compiled and run: both modules count with the same counter."""
    shared = "#ifndef COUNTER\n#define COUNTER\nstatic int counter = 0;\n#endif\n"
    monkeypatch.setattr(parallel_compile, "_SHARED", (shared,))
    module = "#include <cstdio>\n" + shared + 'extern "C" int value_{0}() {{ return counter += {0}; }}\n'
    text = parallel_compile.together([Source(f"m{k}", module.format(k)) for k in (2, 5)])
    main = """
extern "C" int value_2(); extern "C" int value_5();
int main() { int first = value_2(); std::printf("%d %d", first, value_5()); }
"""
    assert compiler.run_program(compiler.find().path, (), text + main) == "2 7"


def test_elementwise_modules_hold_the_text_that_is_shared(tmp_path):
    """To the letter: else it would stand in each of them again, and nobody would see it."""
    out, _ = finish(start(SOURCES, tmp_path))
    assert out.split()[-1] == "True"


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


class Stop(Exception):
    """Raised in place of the compiler."""


def test_the_training_step_of_a_vae_is_compiled_to_a_few_files(monkeypatch):
    """A header below the head of a module's text makes it a file of its own; many files are a slow start."""
    seen = []

    def listed(modules):
        seen.append(modules)
        raise Stop

    empty = types.SimpleNamespace(module_hash_to_key_data={})
    monkeypatch.setattr(parallel_compile, "_compile", listed)
    monkeypatch.setattr(parallel_compile, "get_module_cache", lambda: empty)
    monkeypatch.setattr(parallel_compile.module_cache, "load", lambda cache, key: None)
    model = models.MODELS["vae_document_002"](784)
    with pytest.raises(Stop):
        training.Run(model, np.zeros((200, 784), "float32"), backend="c")
    (modules,) = seen
    files = parallel_compile.shared_out(modules, 2)
    names = [[module.name for module in part] for part in files]
    assert len(modules) > 15 and len(files) <= 4, names
