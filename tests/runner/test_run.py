"""``symgen run`` as a process: what ``python script.py`` promises, and each fix."""

import gzip
import hashlib
import pickle
import subprocess
import sys

import numpy as np
import pytest
from running import ROOT, symgen_run, write


def run_text(folder, text, *arguments, **options):
    return symgen_run(write(folder, script=text), *arguments, **options)


# What `python script.py` promises


@pytest.mark.smoke
def test_script_sees_what_python_would_show_it(tmp_path):
    text = """
        import os, sys
        print(sys.argv, __name__, __file__, sys.path[0])
        print(sys.modules["__main__"].__dict__ is globals(), __doc__, __package__)
        sys.exit(int(sys.argv[-1]))
    """
    script = write(tmp_path, script=text)
    plain = subprocess.run([sys.executable, script, "--check", "-x", "7"], capture_output=True,
                           text=True, check=False)  # fmt: skip
    out, err = symgen_run(script, "--check", "-x", "7", code=7)
    assert out == plain.stdout and plain.returncode == 7
    assert err == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [("raise SystemExit('over')", 1), ("raise EOFError", 1), ("import sys; sys.exit()", 0),
     ("raise KeyboardInterrupt", 130)],
)  # fmt: skip
def test_exit_code_is_the_scripts(tmp_path, text, code):
    _, err = run_text(tmp_path, text, code=code)
    assert ("Traceback" in err) == ("EOF" in text or "Keyboard" in text)


def test_traceback_is_pythons_own(tmp_path):
    files = {
        "script": """
            import numpy as np
            import helper
            def outer(i):
                return np.arange(3)[i] + helper.inner(i)
            outer(1)
        """,
        "helper": "def inner(i):\n    table = {}\n    return table[i]\n",
    }
    script = write(tmp_path, **files)
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    _, err = symgen_run(script, code=1)
    assert err == plain.stderr and "helper.py" in err


def test_traceback_of_python2_points_at_the_users_lines(tmp_path):
    text = """
        def f((a, b), c):

            print a, b
            try:
                return c[0] / a
            except KeyError, e:
                raise ValueError, "no 0 in %r" % c
        print f((1, 2), [3])
        f((1, 2), {})
    """
    out, err = run_text(tmp_path, text, code=1)
    assert out.splitlines() == ["1 2", "3", "1 2"]
    assert f'File "{tmp_path}/script.py", line 9, in <module>\n    f((1, 2), {{}})' in err
    assert 'line 7, in f\n    raise ValueError, "no 0 in %r" % c\n' in err
    assert "symgen/runner" not in err and err.endswith("ValueError: no 0 in {}\n")


def test_files_are_not_touched_and_no_bytecode_is_left(tmp_path):
    script = write(tmp_path, script="import helper\nprint helper.x\n", helper="x = `3`\n")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    out, _ = symgen_run(script, PYTHONDONTWRITEBYTECODE="")
    assert out == "3\n"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_errors_of_usage_are_named(tmp_path):
    _, err = symgen_run(tmp_path / "no.py", code=1)
    assert "no.py" in err and "Traceback" not in err
    _, err = symgen_run(code=2)
    assert "Name a script" in err
    _, err = symgen_run("--no-fix", "numpi", write(tmp_path, a=""), code=1)
    assert "'numpy'" in err
    out, _ = symgen_run("--fixes")
    assert "python2" in out and "mnist-file" in out


def test_syntax_error_in_both_pythons_is_pythons(tmp_path):
    _, err = run_text(tmp_path, "x = 1\ny = (\n", code=1)
    assert "SyntaxError" in err and "line 2" in err


def test_theano_is_symgens_and_its_flags_may_be_set_by_the_script(tmp_path):
    text = """
        import os
        os.environ["THEANO_FLAGS"] = "floatX=float32"
        import theano
        from theano import tensor as T
        x = T.matrix()
        print x.dtype, theano.__name__, theano.function([x], x * 2, mode="FAST_COMPILE")([[7 / 2]])
    """
    out, _ = run_text(tmp_path, text)
    assert out == "float32 symgen.theano [[6.]]\n"


# The fixes, one blocker a test: the script, what it prints, and what the fix says

BLOCKERS = {
    "print_except_exec": (
        "python2",
        """
        import sys
        try:
            raise IOError, "disk"
        except (IOError, OSError), e:
            print "caught", e,
        print >>sys.stdout, `1L`, 0777, ur"a", 1 <> 2
        exec "y = 5" in globals()
        print y
        """,
        "caught disk 1 511 a True\n5\n",
    ),
    "dict_and_iterators": (
        "python2",
        """
        d = {1: 2}
        print d.has_key(1), d.keys()[0], d.items(), list(d.iteritems()), map(str, range(3))
        print zip([1], [2])[0], filter(None, [0, 1]), reduce(lambda a, b: a + b, xrange(4))
        print sorted([3, 1, 2], cmp=lambda a, b: cmp(b, a)), isinstance("a", basestring)
        words = ["b", "a"]; words.sort(lambda a, b: cmp(a, b)); print words, unicode(3), long(2)
        """,
        (
            "True 1 [(1, 2)] [(1, 2)] ['0', '1', '2']\n(1, 2) [1] 6\n[3, 2, 1] True\n"
            "['a', 'b'] 3 2\n"
        ),
    ),
    "tabs": (
        "python2",
        "if 1:\n\tx = 1\n        y = '''\n\tkept'''\n\tprint repr(y), x\n",
        "'\\n\\tkept' 1\n",
    ),
    "tabs_alone": ("python2", "if 1:\n\tx = 1\n        y = 2\n\tprint(x + y)\n", "3\n"),
    "libraries": (
        "python2",
        """
        import urllib2, ConfigParser, Queue, StringIO, string, urllib
        from cStringIO import StringIO as S
        print string.join(["a", "b"], "-"), string.letters[:2], urllib.quote("a b")
        print S("text").read(), StringIO.StringIO().read() == "", Queue.Queue().empty()
        print urllib2.urlopen.__name__, ConfigParser.ConfigParser.__name__
        """,
        "a-b ab a%20b\ntext True True\nurlopen ConfigParser\n",
    ),
    "classes": (
        "python2",
        """
        class V:
            def __init__(self, x): self.x = x
            def __div__(self, o): return ("div", o)
            def __cmp__(self, o): return cmp(self.x, o.x)
            def __nonzero__(self): return False
            def next(self): return 7
        class E(object):
            def __eq__(self, o): return True
        print V(1) / 2, V(1) < V(2), V(1) == V(1), bool(V(1)), V(1).next(), len({E(): 1})
        """,
        "('div', 2) True True False 7 1\n",
    ),
    "division": (
        "division",
        """
        import math, numpy as np
        n = 7; n /= 2
        a = np.array([5, -5]); b = a; a /= 2
        d = {"k": 9}; d["k"] /= 2
        print 7 / 2, -7 / 2, 7 / 2., n, b, d, math.floor(7) / 2, round(2.5), np.int64(9) / 2
        import theano.tensor as T
        print (T.iscalar() / 2).dtype, (T.iscalar() / 2.).dtype, (1 / T.fscalar()).dtype
        """,
        "3 -4 3.5 3 [ 2 -3] {'k': 4} 3.5 3.0 4\nint32 float64 float32\n",
    ),
    "plain_division": ("division", "n = 7\nprint n / 2\n", "3\n"),
    "numpy_names": (
        "numpy",
        """
        import numpy as np
        print(np.float, np.int, np.bool(1), np.object, np.product([2, 3]), np.asscalar(np.ones(1)))
        print(np.cast["float32"](1.5).dtype, np.fromstring(b"ab", dtype=np.uint8), np.Inf)
        print(len(np.zeros(2).tostring()), np.random.random_integers(1, 1), np.in1d([1], [1]))
        """,
        (
            "<class 'float'> <class 'int'> True <class 'object'> 6 1.0\nfloat32 [97 98] inf\n"
            "16 1 [ True]\n"
        ),
    ),
    "whole_floats": (
        "floats",
        """
        import numpy as np
        x = np.arange(10)
        n = 4.0
        rng = np.random.RandomState(0)
        print(np.zeros(5.0).shape, np.ones((n, 2)).shape, x[3.0], x[n:6.0], x.reshape(2.0, 5).shape)
        print(list(range(n)), rng.uniform(-1, 1, size=(2.0, 3)).shape, rng.randn(n).shape)
        x[n] = 40; x[1.0] += 1
        print(x, {3.0: "a"}[3.0], np.full(2.0, 3.0), np.repeat(1.5, 2.0))
        y, where = np.arange(6).reshape(2, 3), [slice(0, 1), 2.0]
        y[where] = 7
        print(y[where], y[[Ellipsis, 0]], y[[0, 1]].shape)
        """,
        (
            "(5,) (4, 2) 3 [4 5] (2, 5)\n[0, 1, 2, 3] (2, 3) (4,)\n"
            "[ 0  2  2  3 40  5  6  7  8  9] a [3. 3.] [1.5 1.5]\n[7] [0 3] (2, 3)\n"
        ),
    ),
    "python_names": (
        "stdlib",
        """
        import inspect, itertools, collections, time
        from collections import Mapping
        print(inspect.getargspec(lambda a, b=1, *c: 0), list(itertools.izip("a", "b")))
        print(isinstance({}, Mapping), collections.Iterable.__name__, time.clock() > 0)
        """,
        (
            "ArgSpec(args=['a', 'b'], varargs='c', keywords=None, defaults=(1,)) [('a', 'b')]\n"
            "True Iterable True\n"
        ),
    ),
    "scipy_images": (
        "scipy",
        """
        import numpy as np
        from scipy.misc import imsave, imread, imresize
        import scipy.misc
        imsave("a.png", np.array([[0., 1.], [2., 4.]]))
        print(imread("a.png").tolist(), imresize(np.eye(2), (4, 6)).shape)
        print(round(float(scipy.misc.logsumexp([0., 0.])), 4), scipy.misc.comb(4, 2))
        """,
        "[[0, 64], [128, 255]] (4, 6)\n0.6931 6.0\n",
    ),
    "sklearn": (
        "sklearn",
        """
        from sklearn.externals import joblib
        from sklearn.cross_validation import train_test_split, KFold
        from sklearn.grid_search import GridSearchCV
        train, test = train_test_split(list(range(10)), test_size=0.3, random_state=0)
        print(len(train), len(test), joblib.__name__, [len(b) for a, b in KFold(10, n_folds=5)])
        """,
        "7 3 joblib [2, 2, 2, 2, 2]\n",
    ),
    "pillow": (
        "pillow",
        """
        import Image
        print(Image.__name__, Image.ANTIALIAS == Image.LANCZOS)
        """,
        "PIL.Image True\n",
    ),
}


@pytest.mark.parametrize("name", BLOCKERS)
def test_blocker_is_cleared_said_and_switchable(name, tmp_path):
    fix, text, expected = BLOCKERS[name]
    script = write(tmp_path, script=text)
    out, err = symgen_run(script, cwd=tmp_path)
    assert out == expected
    said = [line for line in err.splitlines() if line.startswith(f"symgen run [{fix}]: ")]
    assert said and len(set(said)) == len(said)
    other = 0 if name == "plain_division" else 1  # without it the script ends, with other numbers
    without, _ = symgen_run("--no-fix", fix, script, cwd=tmp_path, code=other)
    assert without != expected


def test_what_is_not_needed_is_not_said(tmp_path):
    text = """
        import numpy as np
        try:
            import cPickle as pickle
        except ImportError:
            import pickle
        try:
            from collections import Mapping
        except ImportError:
            from collections.abc import Mapping
        print(np.zeros(3)[1], 7 / 2, pickle.loads(pickle.dumps({1: 2})), Mapping.__module__)
    """
    out, err = run_text(tmp_path, text)
    assert out == "0.0 3.5 {1: 2} collections.abc\n" and err == ""


def test_a_function_of_the_program_keeps_its_keywords(tmp_path):
    text = """
    import numpy as np
    def zeros(shape, name=None, function=None, self=None):
        return np.zeros(shape), name, function, self
    print(zeros(2.0, name="b", function=1, self=2))
    """
    out, err = run_text(tmp_path, text)
    assert out == "(array([0., 0.]), 'b', 1, 2)\n", err


def test_a_fraction_is_no_index(tmp_path):
    _, err = run_text(tmp_path, "import numpy as np\nprint(np.arange(3)[1.5])\n", code=1)
    assert "IndexError" in err
    _, err = run_text(tmp_path, "import numpy as np\nprint(np.zeros(1.5))\n", code=1)
    assert "TypeError" in err


def test_modules_of_the_folder_are_converted_with_the_script(tmp_path):
    (tmp_path / "package").mkdir()
    write(tmp_path / "package", __init__="", near="from far import half\n",
          far="def half(n):\n    return n / 2\n")  # fmt: skip
    text = "from package.near import half\nimport plain\nprint half(3), plain.third(7)\n"
    script = write(tmp_path, script=text, plain="def third(n):\n    return n / 3\n")
    assert symgen_run(script)[0] == "1 2\n"
    modern = write(tmp_path, modern='import plain\nprint(f"{plain.third(6)}")\n')
    assert symgen_run(modern) == ("2.0\n", "")


def test_folders_that_the_script_puts_on_the_path_are_its_own(tmp_path):
    for name in ("scripts", "lib"):
        (tmp_path / name).mkdir()
    write(tmp_path / "lib", old="print 'old', `1`\n")
    text = "import sys, os\nsys.path.append(os.path.join('..', 'lib'))\nimport old\n"
    script = write(tmp_path / "scripts", script=text)
    assert symgen_run(script, cwd=tmp_path / "scripts")[0] == "old 1\n"


def test_names_are_found_again_for_libraries_of_theanos_time_alone(tmp_path):
    (tmp_path / "scripts").mkdir()
    write(tmp_path, lasagne="import numpy as np\nkind = np.float\n",
          other="import numpy as np\nhas = hasattr(np, 'float')\n")  # fmt: skip
    text = "import lasagne, other\nprint(lasagne.kind, other.has)\n"
    path = f"{ROOT}:{tmp_path}"
    out, _ = symgen_run(write(tmp_path / "scripts", script=text), PYTHONPATH=path)
    assert out == "<class 'float'> False\n"


def test_a_module_that_changed_is_read_again(tmp_path):
    text = """
        import os, helper
        with open(helper.__file__, "w") as f:
            f.write("print 2, 7 / 2\\n")
        os.utime(helper.__file__, (1, 1))
        reload(helper)
    """
    assert run_text(tmp_path, text, code=1)[1]  # no helper yet
    write(tmp_path, helper="print 1\n")
    assert symgen_run(tmp_path / "script.py")[0] == "1\n2 3\n"


def test_future_division_is_kept(tmp_path):
    text = "from __future__ import division\nprint 7 / 2\n"
    assert run_text(tmp_path, text)[0] == "3.5\n"


def test_six_where_it_is_absent(tmp_path):
    # A finder of this test's own hides six, should it be installed.
    text = """
        import sys
        class Hide:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] == "six" and not hidden:
                    raise ImportError
        sys.modules.pop("six", None)
        import six
        from six.moves import xrange, cPickle, urllib
        import six.moves.cPickle as pickle
        from six.moves.urllib.parse import quote
        print(list(six.iteritems({1: 2})), list(xrange(2)), quote("a b"), pickle.loads(b"I1\\n."))
    """
    assert run_text(tmp_path, text)[0] == "[(1, 2)] [0, 1] a%20b 1\n"


# Data


def small_mnist(folder, write_idx=None):
    """Four idx files of 12 and 4 images; returns images and labels of both."""
    rng = np.random.default_rng(3)
    made = []
    for name, count in (("train", 12), ("t10k", 4)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        sizes = b"".join(n.to_bytes(4, "big") for n in images.shape)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + sizes
                                                           + images.tobytes())  # fmt: skip
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + count.to_bytes(4, "big") + labels.tobytes())  # fmt: skip
        made.append((images.reshape(count, -1), labels))
    return made


def test_fetch_mldata_gives_mnist_sorted_by_label(tmp_path):
    (train, train_labels), (_, test_labels) = small_mnist(tmp_path)
    text = """
        import numpy as np
        from sklearn.datasets import fetch_mldata
        mnist = fetch_mldata('MNIST original')
        np.savez("found", data=mnist.data, target=mnist.target)
    """
    run_text(tmp_path, text, cwd=tmp_path, SYMGEN_DATA=str(tmp_path))
    found = np.load(tmp_path / "found.npz")
    assert found["data"].dtype == np.uint8 and found["target"].dtype == np.float64
    assert found["target"].tolist() == sorted(train_labels) + sorted(test_labels)
    first = int(np.argmin(train_labels))
    np.testing.assert_array_equal(found["data"][0], train[first])


def test_mnist_file_is_built_only_when_asked_for(tmp_path):
    (train, train_labels), _ = small_mnist(tmp_path)
    text = """
        import cPickle, gzip, os
        f = gzip.open("mnist.pkl.gz", "rb")
        train, valid, test = cPickle.load(f)
        print train[0].shape, valid[0].shape, test[1].shape, train[0].dtype, train[1].dtype
        print "%.8f" % train[0][0, 0]
    """
    script = write(tmp_path, script=text)
    _, err = symgen_run(script, cwd=tmp_path, code=1, SYMGEN_DATA=str(tmp_path))
    assert "mnist.pkl.gz" in err and not (tmp_path / "mnist.pkl.gz").exists()
    options = {"cwd": tmp_path, "SYMGEN_DATA": str(tmp_path)}
    out, err = symgen_run("--fix", "mnist-file", script, **options)
    assert out == (f"(10, 784) (2, 784) (4,) float32 int64\n{train[0, 0] / 256:.8f}\n")
    assert "[mnist-file]" in err
    with gzip.open(tmp_path / "mnist.pkl.gz") as file:
        assert pickle.load(file)[0][1].tolist() == train_labels[:10].tolist()
    before = hashlib.sha256((tmp_path / "mnist.pkl.gz").read_bytes()).digest()
    symgen_run("--fix", "mnist-file", script, **options)
    assert hashlib.sha256((tmp_path / "mnist.pkl.gz").read_bytes()).digest() == before
