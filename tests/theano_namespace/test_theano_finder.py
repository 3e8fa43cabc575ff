"""`import theano` gives symgen.theano's own modules, and never half of another Theano."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import symgen.theano
from symgen.theano import _finder

ROOT = Path(__file__).resolve().parents[2]
TOPLEVEL = ROOT / "symgen" / "theano" / "toplevel"


def python(code, *path, cwd=None, flags="mode=FAST_COMPILE", check=True):
    environment = {**os.environ, "THEANO_FLAGS": flags}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert not (check and done.returncode), done.stderr
    return done


def test_finder_hands_out_the_same_modules():
    code = """
import sys, pickle, importlib
import theano
import theano.tensor as T
import symgen.theano
import symgen.theano.tensor.nnet.nnet
assert theano is symgen.theano and sys.modules["theano"] is symgen.theano
assert T is symgen.theano.tensor and theano.tensor is T
import theano.tensor.nnet.nnet as nnet
import theano.tensor.extra_ops, theano.gradient, theano.compile.function, theano.sandbox
assert nnet is symgen.theano.tensor.nnet.nnet
from theano.tensor.nnet import relu
from theano import tensor
assert tensor is T and relu is symgen.theano.tensor.nnet.relu
assert nnet.__name__ == nnet.__spec__.name == "symgen.theano.tensor.nnet.nnet"
assert theano.__spec__.name == "symgen.theano"
assert theano.sandbox.__spec__.name == theano.sandbox.__name__ == "symgen.theano.sandbox"
assert callable(theano.compile.function)  # importing the module of that name did not replace it
assert pickle.loads(pickle.dumps(relu)) is relu
assert importlib.reload(theano.tensor.nnet.sigm) is symgen.theano.tensor.nnet.sigm
assert importlib.reload(theano) is symgen.theano
names = [name for name in sys.modules if name.startswith("theano")]
assert len(names) > 5
assert all(sys.modules["symgen." + name] is sys.modules[name] for name in names)
assert importlib.import_module("theano.printing") is theano.printing
"""
    assert python(code, ROOT, TOPLEVEL).stderr == ""


def test_finder_works_when_symgen_theano_came_first():
    code = """
import symgen.theano.tensor.nnet as nnet
import theano.tensor.nnet
assert theano.tensor.nnet is nnet
"""
    assert python(code, ROOT, TOPLEVEL).stderr == ""


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import theano.something_unknown", "theano.something_unknown"),
        ("import theano.tensor.something_unknown", "theano.tensor.something_unknown"),
        ("from theano.tensor import something_unknown", "theano.tensor.something_unknown"),
    ],
)
def test_missing_modules_name_themselves(statement, said):
    failed = python(statement, ROOT, TOPLEVEL, check=False)
    last = failed.stderr.splitlines()[-1]
    assert failed.returncode == 1 and "MissingModuleError" in last
    assert said in last
    caught = f"try:\n    {statement}\nexcept ModuleNotFoundError: print('caught')"
    assert python(caught, ROOT, TOPLEVEL).stdout == "caught\n"


@pytest.fixture
def real_theano(tmp_path):
    """A folder that looks like an installation of Theano 1.0.4."""
    (tmp_path / "theano").mkdir()
    (tmp_path / "theano" / "__init__.py").write_text("real = True\n")
    (tmp_path / "Theano-1.0.4.dist-info").mkdir()
    metadata = "Metadata-Version: 2.1\nName: Theano\nVersion: 1.0.4\n"
    (tmp_path / "Theano-1.0.4.dist-info" / "METADATA").write_text(metadata)
    return tmp_path


def test_real_theano_is_not_replaced(real_theano):
    code = "import theano; assert theano.real; assert not hasattr(theano, 'function')"
    assert python(code, real_theano, ROOT, TOPLEVEL).stderr == ""


def test_real_theano_is_named_once(real_theano):
    code = """
import symgen.theano, symgen.theano.tensor, importlib
import theano
assert theano.real
found = symgen.theano.real_theano()
print(found.version, found.location, found.first)
"""
    done = python(code, real_theano, ROOT, TOPLEVEL)
    assert done.stdout == f"1.0.4 {real_theano / 'theano'} True\n"
    assert done.stderr.count("The real Theano (1.0.4) is installed at") == 1
    assert "uninstall" in done.stderr


def test_real_theano_in_the_same_folder_comes_first(real_theano):
    (real_theano / "theano.py").write_text((TOPLEVEL / "theano.py").read_text())
    assert python("import theano; assert theano.real", real_theano, ROOT).stderr == ""


def test_real_theano_behind_ours_is_named(real_theano):
    code = "import theano; assert theano.__name__ == 'symgen.theano'"
    said = python(code, ROOT, TOPLEVEL, real_theano).stderr
    assert "gives symgen's namespace all the same" in said


def test_real_theano_is_none_without_one(monkeypatch, tmp_path):
    (tmp_path / "theano").mkdir()  # a folder that happens to have the name is no Theano
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(TOPLEVEL)])
    assert _finder.real_theano() is None


def test_available_modules_are_the_files():
    package = Path(symgen.theano.__file__).parent
    modules = set(_finder.available_modules())
    assert {"theano.tensor", "theano.tensor.nnet.sigm", "theano.compile.function"} <= modules
    assert not any("toplevel" in name or "._" in name for name in modules)
    for name in modules:
        path = package.joinpath(*name.split(".")[1:])
        assert path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_functions_pickle_by_module_name():
    relu = symgen.theano.tensor.nnet.relu
    assert b"symgen.theano.tensor.nnet.nnet" in pickle.dumps(relu)


def test_installation_brings_theano(tmp_path):
    """A real installation into an empty folder, tried from another working directory."""
    source = tmp_path / "source"
    listing = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(
        [*listing, "--", "setup.py", "setup.cfg", "symgen"], capture_output=True, text=True
    )
    if files.returncode or not files.stdout:
        pytest.skip("not a git checkout: its files are not known")
    for name in files.stdout.splitlines():
        if not (ROOT / name).exists():
            continue
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    (source / "README.md").write_text("symgen\n")
    target, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    built = subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(target), str(source)],
        capture_output=True,
        text=True,
    )
    if built.returncode:
        built = subprocess.run(
            [*[word for word in pip if word != "--no-index"], "--target", str(target), str(source)],
            capture_output=True,
            text=True,
        )
    if built.returncode:
        pytest.skip(f"pip cannot build here: {built.stderr.strip().splitlines()[-1]}")
    code = """
import json
import theano.tensor as T, theano, symgen.theano
x = T.dscalar("x")
value = float(theano.function([x], T.nnet.relu(x))(-2.0))
print(json.dumps([theano is symgen.theano, theano.__file__, value]))
"""
    same, where, value = json.loads(python(code, target, cwd=elsewhere).stdout)
    assert same and where.startswith(str(target)) and value == 0.0
    assert (target / "theano.py").is_file() and not (target / "theano").exists()
