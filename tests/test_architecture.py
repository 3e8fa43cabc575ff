"""Imports go one way: a part imports only from the floors below it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import symgen

ROOT = Path(symgen.__file__).parent

# Each part and what it may import of symgen; a part may always import from within itself.
BASE = {"errors", "config", "files", "tensor_files"}
MATHS = {"ops", "updates", "schedules", "initializers", "activations", "losses", "random"}
ALLOWED = {
    "errors": set(),
    "config": {"errors"},
    "files": {"errors"},
    "tensor_files": {"errors", "files"},
    "ops": {"errors", "config"},
    "rewrites": {"ops"},
    "backends": BASE | {"ops", "rewrites"},
    **{name: BASE | MATHS for name in MATHS - {"ops"}},
    "layers": BASE | MATHS,
    "models": BASE | MATHS | {"layers"},
    "datasets": {"config", "errors", "files"},
    "evaluation": BASE | MATHS | {"backends", "datasets", "layers"},
    "training": BASE | MATHS | {"backends", "datasets", "evaluation"},
    "estimators": BASE | MATHS | {"backends", "models", "datasets", "training", "evaluation"},
    "reporting": {"config", "errors", "files"},
    "theano": BASE | MATHS | {"backends", "rewrites"},
    "runner": BASE | {"datasets", "theano"},
    "cli": BASE
    | MATHS
    | {"runner", "backends", "models", "datasets", "evaluation", "training", "reporting", "theano"},
    "__main__": {"cli"},
    "__init__": set(),
}
# Optional or slow packages, and the parts that may import them at the top of a file. A backend's
# package may be imported in files and folders of its name too.
SLOW = {
    "matplotlib": {"reporting"},
    "sklearn": {"estimators"},
    "numba": set(),
    "jax": set(),
    "torch": set(),
}
OF_A_BACKEND = {"ops", "backends"}


def edges():
    """(file, part, what it imports, whether at the top of the file) for every import."""
    for path in sorted(ROOT.rglob("*.py")):
        part = path.relative_to(ROOT).parts[0].removesuffix(".py")
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            top = node in tree.body
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield path, part, alias.name, top
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                if node.module == "symgen":
                    for alias in node.names:
                        yield path, part, f"symgen.{alias.name}", top
                else:
                    yield path, part, node.module, top


def test_every_part_is_in_the_table():
    parts = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in ROOT.rglob("*.py")}
    assert parts <= set(ALLOWED)


def test_imports_go_down_only():
    wrong = []
    for path, part, name, _ in edges():
        if not name.startswith("symgen."):
            continue
        target = name.split(".")[1]
        known = target in ALLOWED
        if known and target != part and target not in ALLOWED[part]:
            wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_slow_packages_are_imported_in_their_own_files_only():
    wrong = []
    for path, part, name, top in edges():
        package = name.split(".")[0]
        own = part in OF_A_BACKEND and package in path.relative_to(ROOT).with_suffix("").parts
        if package in SLOW and top and not own and part not in SLOW[package]:
            wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.smoke
@pytest.mark.parametrize("package", ["symgen", "symgen.models", "symgen.training", "symgen.theano"])
def test_import_loads_nothing_slow(package):
    code = f"import sys, {package}; print(*sorted(set(sys.modules) & {set(SLOW)!r}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == []
