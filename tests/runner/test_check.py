"""``symgen run --check``: what a script needs, found without running it."""

import ast
import io

import pytest
from running import symgen_run, write

from symgen.runner.check import check, dotted_names, status
from symgen.runner.fixes import Fixes


def names(text):
    return {name for name, _ in dotted_names(ast.parse(text)) if name.startswith("theano")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import theano.tensor as T\nT.nnet.sigmoid(1).x", "theano.tensor.nnet.sigmoid"),
        ("import theano\ntheano.tensor.dot", "theano.tensor.dot"),
        ("from theano import tensor as TT\nTT.exp", "theano.tensor.exp"),
        ("from theano.tensor.nnet import conv\nconv.conv2d", "theano.tensor.nnet.conv.conv2d"),
        ("from theano import function as f\ndef g():\n    f()", "theano.function"),
        ("import theano.tensor as T\nS = T.nnet\nS.softmax", "theano.tensor.nnet.softmax"),
        ("def f():\n    import theano.tensor as T\n    return T.ones", "theano.tensor.ones"),
        ("from theano.tensor import *\ndot(1, 2)", "theano.tensor.dot"),
        ("import theano.sandbox.cuda.dnn", "theano.sandbox.cuda.dnn"),
    ],
)
def test_names_are_followed_through_aliases(text, expected):
    assert expected in names(text)


@pytest.mark.smoke
def test_status_is_the_live_namespaces(monkeypatch):
    import symgen.theano.tensor

    assert status("theano.tensor.dot") == ("works", "")
    assert status("theano.config.floatX")[0] == "works"
    kind, reason = status("theano.tensor.io.send")
    assert kind == "raises" and "mpi4py" in reason
    assert status("theano.tensor.shared.no_such_member")[0] == "unknown"
    assert status("theano.tensor.no_such_name")[0] == "unknown"
    assert status("theano.no_such_module.x")[0] == "unknown"
    monkeypatch.delattr(symgen.theano.tensor, "exp")
    kind, reason = status("theano.tensor.exp")
    assert kind == "raises" and "MissingNameError: 'theano.tensor.exp'" in reason


def test_report_of_a_python2_program(tmp_path):
    text = """
        import theano.tensor as T
        import helper
        from scipy.misc import imsave
        import cPickle

        print T.dot, helper.f
    """
    helper = "from theano import function as compile_it\nn = 7 / 2\nf = compile_it\n"
    script = write(tmp_path, script=text, helper=helper)
    out, err = symgen_run("--check", script)
    assert err == ""
    lines = out.splitlines()
    assert lines[0].startswith("script.py: Python 2 (line 6: ")
    assert lines[1] == "helper.py: Python 2 (as the program's other files)"
    assert any(line.startswith("fix [scipy]: scipy.misc.imsave") for line in lines)
    assert any(line.split() == ["works", "theano.tensor.dot", "script.py:6"] for line in lines)
    assert any(line.split() == ["works", "theano.function", "helper.py:1,", "helper.py:3"]
               for line in lines)  # fmt: skip
    assert lines[-1] == "3 names of Theano: 3 work, 0 do not"


def test_exit_code_is_1_when_a_name_does_not_work_and_nothing_runs(tmp_path):
    text = """
        import theano
        open("ran", "w")
        theano.tensor.no_such_name
    """
    script = write(tmp_path, script=text)
    out, _ = symgen_run("--check", script, code=1, cwd=tmp_path)
    assert out.startswith("script.py: Python 3\n")
    assert "unknown theano.tensor.no_such_name  script.py:3" in out
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_neither_is_told(tmp_path):
    script = write(tmp_path, script="x = (\n")
    out, _ = symgen_run("--check", script, code=1)
    assert "neither Python 2 nor Python 3 (line 1" in out


def test_without_conversion_python2_is_told(tmp_path):
    report = check(write(tmp_path, script="print 1\n"),
                   Fixes(without=["python2"], stream=io.StringIO()))  # fmt: skip
    assert not report.ok and report.versions["script.py"].startswith("not Python 3 (line 1")
