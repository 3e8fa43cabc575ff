"""Pickles in a program: what Python 2 wrote loads, what could do harm is refused by name."""

import base64
import io
import os
import pickle
import pickletools
import types

import numpy as np
import pytest
from running import symgen_run, write

from symgen.runner.fixes import Fixes
from symgen.runner.pickles import PickleRefusedError, make_module

# Written by Python 2.7.18 with NumPy 1.16.6:
# cPickle.dumps({"W": np.arange(3, dtype="float32"), u"n\xe9": (1L, "\xff"), "s": np.float64(2)}, 2)
WRITTEN_BY_PYTHON2 = base64.b64decode(
    "gAJ9cQEoWAMAAABuw6lxAooBAVUB/4ZxA1UBc2NudW1weS5jb3JlLm11bHRpYXJyYXkKc2NhbGFyCnEEY251bXB5Cm"
    "R0eXBlCnEFVQJmOEsASwGHUnEGKEsDVQE8Tk5OSv////9K/////0sAdGJVCAAAAAAAAABAhlJxB1UBV2NudW1weS5j"
    "b3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEIY251bXB5Cm5kYXJyYXkKcQlLAIVVAWKHUnEKKEsBSwOFaAVVAm"
    "Y0SwBLAYdScQsoSwNVATxOTk5K/////0r/////SwB0YolVDAAAAAAAAIA/AAAAQHRidS4="
)


@pytest.fixture
def loader():
    return make_module(Fixes(stream=io.StringIO()), owns=lambda path: False)


def test_a_pickle_of_python2_loads(loader):
    found = loader.loads(WRITTEN_BY_PYTHON2)
    assert set(found) == {"W", "n\xe9", "s"}
    assert found["W"].dtype == np.float32 and found["W"].tolist() == [0, 1, 2]
    assert found["n\xe9"] == (1, "\xff")  # a byte of Python 2 is one character
    assert found["s"] == 2 and isinstance(found["s"], np.float64)


class Calls:
    """Pickles as a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


HARMFUL = {
    "posix.system": Calls(os.system, "true"),
    "builtins.eval": Calls(eval, "1"),
    "builtins.getattr": Calls(getattr, "a", "upper"),
    "subprocess.Popen": Calls(__import__("subprocess").Popen, "true"),
    "numpy.load": Calls(np.load, "file"),
    "builtins.exec": Calls(exec, "1"),
    "pytensor.function": b"cpytensor\nfunction\n(tR.",
    "theano.function": b"ctheano\nfunction\n(tR.",
    "pytensor.graph.basic.clone_get_equiv": b"cpytensor.graph.basic\nclone_get_equiv\n(tR.",
    "pytensor.link.c.cmodule.ModuleCache": b"cpytensor.link.c.cmodule\nModuleCache\n(tR.",
    "numpy.testing.rundocs": b"cnumpy.testing\nrundocs\n(tR.",
    "scipy.sparse.load_npz": b"cscipy.sparse\nload_npz\n(tR.",
    "importlib.import_module": b"cimportlib\nimport_module\n(S'os'\ntR.",
    "symgen.files.write_bytes": b"csymgen.files\nwrite_bytes\n(tR.",
    "numpy.os.system": b"\x80\x04\x8c\x05numpy\x94\x8c\x09os.system\x94\x93\x8c\x04true\x85R.",
    "__builtin__.eval": b"c__builtin__\neval\n(S'1'\ntR.",
}


@pytest.mark.smoke
@pytest.mark.parametrize("name", HARMFUL)
def test_harm_is_refused_by_name(name, loader, monkeypatch):
    ran = []
    monkeypatch.setattr(os, "system", ran.append)
    data = HARMFUL[name]
    if not isinstance(data, bytes):
        monkeypatch.undo()
        data = pickle.dumps(data, 4)
    pickletools.dis(data, io.StringIO())  # a sound pickle
    with pytest.raises(PickleRefusedError) as caught:
        loader.loads(data)
    assert name in caught.value.got and "--no-fix pickle" in caught.value.remedy
    assert not ran


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("numpy", "memmap"),  # writes files
        ("numpy", "ndarray.tofile"),
        ("pytensor.graph.basic", "Variable.__class__"),
        ("pytensor.graph.features", "inspect.Signature"),
        ("pytensor.graph.basic", "deque"),
        ("pytensor.link.c.op", "ExternalCOp"),  # carries C code as text
        ("pytensor.link.c.type", "CDataType"),
        ("collections", "OrderedDict.fromkeys"),
        ("datetime", "sys"),
        ("scipy.sparse", "save_npz"),
        ("pathlib", "Path.unlink"),
        ("__main__", "__builtins__"),
        ("six", "exec_"),
    ],
)
def test_side_doors_are_shut(module, name, loader):
    with pytest.raises(PickleRefusedError):
        loader.Unpickler(io.BytesIO()).find_class(module, name)


@pytest.mark.parametrize("protocol", range(5))
def test_arrays_and_containers_come_back(protocol, loader):
    import collections

    import scipy.sparse

    value = {
        "array": np.arange(6.0).reshape(2, 3),
        "order": np.asfortranarray(np.ones((2, 2), "float32")),
        "record": np.zeros(2, [("a", "i4"), ("b", "f8")]),
        "scalar": np.float32(2.5),
        "bytes": b"\x00\xff",
        "containers": [(1, 2.5, 3j), {1, 2}, frozenset("a"), None, True, slice(1, 2), range(3)],
        "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
        "default": collections.defaultdict(list, {1: [2]}),
        "masked": np.ma.array([1, 2], mask=[0, 1]) if protocol > 4 else None,
    }
    found = loader.loads(pickle.dumps(value, protocol))
    for name in ("array", "order", "record"):
        np.testing.assert_array_equal(found[name], value[name])
        assert found[name].dtype == value[name].dtype
    for name in ("scalar", "bytes", "containers", "ordered", "default"):
        assert found[name] == value[name]
    sparse = scipy.sparse.csr_matrix(np.eye(3))
    np.testing.assert_array_equal(loader.loads(pickle.dumps(sparse, protocol)).toarray(), np.eye(3))
    state = loader.loads(pickle.dumps(np.random.RandomState(3), protocol))
    assert state.randn() == np.random.RandomState(3).randn()


def test_files_opened_as_text_serve(loader, tmp_path):
    with open(tmp_path / "a.pkl", "w") as file:
        loader.dump(np.arange(3), file, 2)
    with open(tmp_path / "a.pkl") as file:
        assert loader.load(file).tolist() == [0, 1, 2]


def test_the_programs_own_classes_load_and_its_imports_do_not(tmp_path):
    text = """
        import cPickle, os
        from helper import Layer
        class Model:
            def __init__(self): self.layers = [Layer(3)]
        cPickle.dump(Model(), open("model.pkl", "w"))
        print cPickle.load(open("model.pkl")).layers[0].n
        for attack in ("c__main__\\nos\\n.", "chelper\\nrun\\n(S'x'\\ntR.", "chelper\\nsystem\\n."):
            try:
                print cPickle.loads(attack)
            except cPickle.UnpicklingError, error:
                print error.got
    """
    helper = """
        from os import system
        class Layer(object):
            def __init__(self, n): self.n = n
        def run(x): print "ran", x
    """
    script = write(tmp_path, script=text, helper=helper)
    out, err = symgen_run(script, cwd=tmp_path)
    assert out.splitlines() == ["3", *(f"one that asks for '{name}'" for name in
                                       ("__main__.os", "helper.run", "helper.system"))]  # fmt: skip
    assert err.count("[pickle]") == 1


def test_a_refusal_can_be_overruled(tmp_path):
    script = write(tmp_path, script="""
        import pickle
        print(pickle.loads(b"cposix\\ngetcwd\\n(tR."))
    """)  # fmt: skip
    _, err = symgen_run(script, code=1)
    assert "posix.getcwd" in err
    assert symgen_run("--no-fix", "pickle", script, cwd=tmp_path)[0] == f"{tmp_path}\n"


def test_graphs_and_shared_variables_load(tmp_path):
    text = """
        from __future__ import print_function
        import pickle, numpy, theano, theano.tensor as T
        class Model(object):
            def __init__(self, x):
                self.x = x
                self.W = theano.shared(numpy.ones((3, 2), dtype="float32"), name="W")
                self.p = T.nnet.softmax(T.dot(x, self.W))
                self.cost = T.grad(T.log(self.p).sum(), self.W).sum()
        with open("m.pkl", "wb") as f:
            pickle.dump(Model(T.matrix("x")), f)
        with open("m.pkl", "rb") as f:
            m = pickle.load(f)
        print(m.W.name, theano.function([m.x], m.p, mode="FAST_COMPILE")(numpy.ones((1, 3))))
    """
    out, _ = symgen_run(write(tmp_path, script=text), cwd=tmp_path)
    assert out == "W [[0.5 0.5]]\n"


def test_the_module_is_pickle_in_all_else(loader):
    assert isinstance(loader, types.ModuleType)
    assert loader.HIGHEST_PROTOCOL == pickle.HIGHEST_PROTOCOL
    assert set(pickle.__all__) <= set(vars(loader))
    file = io.BytesIO()
    loader.Pickler(file, 2).dump([1])
    assert loader.Unpickler(io.BytesIO(file.getvalue())).load() == [1]
