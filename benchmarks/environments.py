"""A virtual environment for each peer, built by one command.

``python -m benchmarks.environments build [NAME ...]`` builds those named, or all that are
missing or out of date; ``list`` shows them. Each is made with ``venv`` and ``pip`` from
a requirements text beside the peers' files, in the folder ``.benchmarks`` of the
repository or where ``--envs`` says.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

from symgen.errors import MissingFileError, NotSupportedError, OutputError, SymgenError, look_up

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_FOLDER = ROOT / ".benchmarks"
STAMP = "built-from.txt"

Environment = namedtuple("Environment", "name requirements oldest newest")
Environment.__doc__ = """``oldest`` and ``newest``: the Python versions that its packages exist for."""

_ROWS = (
    Environment("symgen", "peers/symgen.txt", (3, 11), (3, 13)),
    Environment("symgen_jax", "peers/symgen_jax.txt", (3, 11), (3, 13)),
    Environment("symgen_torch", "peers/symgen_torch.txt", (3, 11), (3, 13)),
    Environment("torch", "peers/torch.txt", (3, 10), (3, 13)),
    Environment("jax", "peers/jax.txt", (3, 11), (3, 13)),
    Environment("pytensor_ml", "peers/pytensor_ml.txt", (3, 11), (3, 13)),
    Environment("theano", "peers/theano.txt", (3, 8), (3, 10)),
)
ENVIRONMENTS = {row.name: row for row in _ROWS}


def find_interpreter(environment):
    """Path of a Python that the environment's packages exist for: this one if it serves.

    Raises
    ------
    NotSupportedError
        When neither this interpreter nor any ``pythonX.Y`` on the search path serves.
    """
    if environment.oldest <= sys.version_info[:2] <= environment.newest:
        return sys.executable
    major = environment.newest[0]
    for minor in range(environment.newest[1], environment.oldest[1] - 1, -1):
        found = shutil.which(f"python{major}.{minor}")
        if found and _runs(found):
            return found
    raise NotSupportedError(
        expected="a Python from {}.{} to {}.{} for the environment {}".format(
            *environment.oldest, *environment.newest, environment.name
        ),
        got="none on the search path",
        remedy="Install one, or name one with --python.",
    )


def _runs(interpreter):
    """A version manager may put names on the path that do not run."""
    call = subprocess.run([interpreter, "-c", ""], capture_output=True, check=False)
    return call.returncode == 0


def _fingerprint(environment):
    text = (ROOT / "benchmarks" / environment.requirements).read_bytes()
    return hashlib.sha256(text).hexdigest()


def python_of(folder, name):
    """Interpreter inside the environment ``name``, whether it exists or not."""
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return Path(folder) / name / inside


def is_current(folder, environment):
    """Whether the environment was built, to its end, from the present requirements."""
    stamp = Path(folder) / environment.name / STAMP
    return stamp.exists() and stamp.read_text().split()[0] == _fingerprint(environment)


def built_python(folder, name):
    """Interpreter of a built environment.

    Raises
    ------
    MissingFileError
        When it was not built, or from other requirements than the present ones.
    """
    environment = look_up("environment", name, ENVIRONMENTS)
    if not is_current(folder, environment):
        raise MissingFileError(
            expected=f"the environment {name} built from benchmarks/{environment.requirements}",
            got=f"none, or an older one, in {folder}",
            remedy=f"Run: python -m benchmarks.environments build {name}",
        )
    return str(python_of(folder, name))


def build(folder, environment, interpreter=None):
    """Build one environment; an older one of that name is replaced."""
    target = Path(folder) / environment.name
    interpreter = interpreter or find_interpreter(environment)
    if target.exists():
        if not (target / "pyvenv.cfg").exists():
            raise OutputError(
                expected=f"{target} to be absent or a virtual environment",
                got="something else",
                remedy="Move it away, or choose another folder with --envs.",
            )
        shutil.rmtree(target)
    subprocess.run([interpreter, "-m", "venv", str(target)], check=True)
    python = str(python_of(folder, environment.name))
    requirements = str(ROOT / "benchmarks" / environment.requirements)
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "-r", requirements], cwd=ROOT, check=True)
    frozen = subprocess.run([*pip, "freeze"], cwd=ROOT, check=True, capture_output=True, text=True)
    (target / STAMP).write_text(_fingerprint(environment) + "\n" + frozen.stdout)


def add_folder_option(parser):
    """The option ``--envs``, the same in every command of this package."""
    parser.add_argument(
        "--envs",
        type=Path,
        default=DEFAULT_FOLDER,
        metavar="FOLDER",
        help="folder with the peers' environments (default: .benchmarks in the repository)",
    )


def main(arguments=None):
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.environments", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="build environments")
    builder.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ENVIRONMENTS))
    builder.add_argument("--python", help="interpreter to build with (default: a suitable one)")
    builder.add_argument("--force", action="store_true", help="build again what is up to date")
    lister = commands.add_parser("list", help="show the environments and whether they are built")
    for sub in (builder, lister):
        add_folder_option(sub)
    options = parser.parse_args(arguments)
    try:
        if options.command == "list":
            for environment in ENVIRONMENTS.values():
                state = "built" if is_current(options.envs, environment) else "not built"
                print(f"{environment.name:12} {state:10} benchmarks/{environment.requirements}")
            return 0
        chosen = [look_up("environment", n, ENVIRONMENTS) for n in options.names or ENVIRONMENTS]
        for environment in chosen:
            if is_current(options.envs, environment) and not options.force:
                print(f"{environment.name}: up to date")
                continue
            print(f"{environment.name}: building", flush=True)
            build(options.envs, environment, options.python)
            print(f"{environment.name}: built", flush=True)
    except (SymgenError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
