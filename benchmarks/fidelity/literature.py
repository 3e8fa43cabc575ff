"""Run public programs written for Theano, and Lasagne's and Keras's own tests, against symgen.

``python -m benchmarks.fidelity.literature NAME… --tutorials FOLDER --lasagne FOLDER …`` fetches
nothing: each option names a folder that holds a copy of a public repository. Programs run as
``symgen run`` runs them, in a copy of their folder, on MNIST (``SYMGEN_DATA``; random reviews and
tunes stand for those of the tutorials), with ``floatX=float32``, and are stopped after some tens of
calls of their compiled functions. Where ``traces.json`` holds what the real Theano 1.0.5 computed in the same calls (0.8.2 for two scripts),
every mean has to agree to 1e-5 relative.

It prints a line for each program and each of the libraries' test files, and fails when one of them fails.
"""

import argparse
import gzip
import json
import math
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from symgen.datasets.folders import candidate_folders

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
RELATIVE = 1e-5
# The mean of float32 numbers that cancel is known to their rounding only.
ABSOLUTE = 1e-6


class Program(NamedTuple):
    """One script of a collection.

    Attributes
    ----------
    collection : str
        The option that names its folder.
    script : str
        Its path in that folder.
    calls : int
        After how many calls of compiled functions it is stopped; 0 for never.
    compared : str
        What has to agree with Theano's record: ``"all"``, ``"first calls"`` (the last call's values
        need not: a rounding has decided a draw differently by then), or ``"shapes"`` (the script
        draws from ``numpy.random`` without a seed).
    """

    collection: str
    script: str
    calls: int = 40
    compared: str = "all"


COLLECTIONS = {
    "tutorials": "lisa-lab/DeepLearningTutorials",
    "exercises": "goodfeli/theano_exercises",
    "newmu": "Newmu/Theano-Tutorials",
    "network3": "MichalDanielDobrzanski/DeepLearningPython",
}
_TUTORIALS = (
    "logistic_sgd", "mlp", "convolutional_mlp", "dA", "cA", "SdA", "rbm", "DBN", "lstm", "rnnrbm",
)
_EXERCISES = (
    "01_basics/01_building_expressions/01_scalar_soln",
    "01_basics/01_building_expressions/02_vector_mat_soln",
    "01_basics/01_building_expressions/03_tensor_soln",
    "01_basics/02_compiling_and_running/01_function_soln",
    "01_basics/02_compiling_and_running/02_shared_soln",
    "01_basics/02_compiling_and_running/03_bug",
    "01_basics/03_advanced_expressions/01_basic_indexing_soln",
    "01_basics/03_advanced_expressions/02_nd_indexing_soln",
    "01_basics/03_advanced_expressions/03_rng_soln",
    "02_advanced/01_symbolic/01_grad_soln",
    "02_advanced/01_symbolic/02_traverse_soln",
    "02_advanced/01_symbolic/03_energy_soln",
    "02_advanced/01_symbolic/04_two_step_backprop_soln",
    "02_advanced/02_debugging/ex_02_detect_negative_soln",
    "02_advanced/02_debugging/ex_03_detect_op_soln",
    "02_advanced/02_debugging/ex_04_nan_soln",
)
_NEWMU = {
    "0_multiply": 0,
    "1_linear_regression": 0,
    "2_logistic_regression": 40,
    "4_modern_net": 40,
    "5_convolutional_net": 6,
}
PROGRAMS = {
    **{name: Program("tutorials", f"code/{name}.py") for name in _TUTORIALS},
    "hmc": Program("tutorials", "code/hmc/run_test_hmc.py", 0),
    **{name.replace("/", "_"): Program("exercises", f"{name}.py", 0) for name in _EXERCISES},
    **{f"newmu_{name}": Program("newmu", f"{name}.py", calls) for name, calls in _NEWMU.items()},
    "network3": Program("network3", "test.py", 30, "shapes"),
}
# After some ten million equal draws one unit's uniform number lies between Theano's probability and
# ours, which differ in the last place; from that call on the chains are others.
PROGRAMS["rbm"] = PROGRAMS["rbm"]._replace(compared="first calls")
_UNSEEDED = "01_basics_03_advanced_expressions_02_nd_indexing_soln"
PROGRAMS[_UNSEEDED] = PROGRAMS[_UNSEEDED]._replace(compared="shapes")


class Library(NamedTuple):
    """A library of that time, and its own tests of what it does with Theano.

    Attributes
    ----------
    help : str
        What its folder holds, and what the tests need beside it.
    tests : list of str
        Files or folders in that folder.
    flags : str
        ``THEANO_FLAGS``.
    variables : dict
        More environment variables.
    """

    help: str
    tests: list
    flags: str
    variables: dict


_LAYERS = (
    "advanced_activations convolutional convolutional_recurrent core cudnn_recurrent embeddings local "
    "merge noise normalization pooling recurrent wrappers"
)
LIBRARIES = {
    "lasagne": Library(
        "Lasagne/Lasagne; its tests need the package mock",
        ["lasagne/tests"],
        "mode=FAST_COMPILE",
        {},
    ),
    "keras": Library(
        "Keras 2.3.1's source archive; its tests need Keras's dependencies",
        [f"tests/keras/layers/{name}_test.py" for name in _LAYERS.split()],
        "",
        {"KERAS_BACKEND": "theano"},
    ),
}


def main():
    """Run what the command line asks for; the exit code is 1 when anything failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fidelity.literature", description=__doc__
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="The default is all programs "
                        "whose folder is given. They are: " + ", ".join([*LIBRARIES, *PROGRAMS]))
    for option, library in LIBRARIES.items():
        parser.add_argument(f"--{option}", type=Path, metavar="FOLDER", help=library.help)
    for option, repository in COLLECTIONS.items():
        parser.add_argument(f"--{option}", type=Path, metavar="FOLDER", help=repository)
    parser.add_argument("--python", default=sys.executable, help="The interpreter to run with.")
    parser.add_argument("--timeout", type=int, default=600, help="Seconds a program (default 600).")
    parser.add_argument("--failures", action="store_true", help="Print each failure's last line.")
    options = parser.parse_args()
    folders = {name: getattr(options, name) for name in (*LIBRARIES, *COLLECTIONS)}
    unknown = set(options.names) - {*LIBRARIES, *PROGRAMS}
    if unknown:
        parser.error(f"no such program: {', '.join(sorted(unknown))}")
    names = options.names or [
        name for name in (*LIBRARIES, *PROGRAMS) if folders[collection_of(name)] is not None
    ]
    for name in names:
        if folders[collection_of(name)] is None:
            parser.error(f"{name} needs --{collection_of(name)} FOLDER")
    good = True
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            if name in LIBRARIES:
                good &= run_library(name, options.python, folders[name], scratch, options.failures)
            else:
                work = Path(scratch, PROGRAMS[name].collection)
                good &= run_program(options, name, folders, work)
    return 0 if good else 1


def collection_of(name):
    """The option that names the folder that `name` needs."""
    return name if name in LIBRARIES else PROGRAMS[name].collection


def run_program(options, name, folders, work):
    """Run one program in the copy `work` of its folder, print its line; return whether it is good."""
    program = PROGRAMS[name]
    prepare(program.collection, folders[program.collection], work)
    out = work / "trace.json"
    out.unlink(missing_ok=True)
    script = work / program.script
    command = [options.python, "-P", "-m", "benchmarks.fidelity.trace", out]
    command += [str(program.calls), script.name]
    try:
        child = subprocess.run(
            command, cwd=script.parent, env=environment("floatX=float32"), timeout=options.timeout,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = child.stderr
    except subprocess.TimeoutExpired:
        said = f"stopped after {options.timeout} s"
    if not out.exists():
        print(f"failed   {name}: {last_line(said)}", flush=True)
        return False
    result = json.loads(out.read_text())
    recorded = json.loads((HERE / "traces.json").read_text()).get(name)
    if result["code"]:
        print(f"failed   {name} after {result['calls']} calls: {last_line(said)}", flush=True)
        return False
    if recorded is None:
        print(f"ran      {name}: {result['calls']} calls{_first_and_last(result)}", flush=True)
        return True
    pair = recorded["functions"], result["functions"]
    different = differences(*pair, program.compared)
    count = f"{result['calls']} calls"
    if different:
        print(f"DIFFERS  {name}: {count}; " + "; ".join(different[:4]), flush=True)
    elif program.compared == "shapes":
        print(f"ran      {name}: {count}, shapes equal, no seed", flush=True)
    else:
        worst = f"largest relative difference {largest(*pair, program.compared):.1e}"
        print(f"equal    {name}: {count}, {program.compared}: {worst}", flush=True)
    return not different


def prepare(collection, folder, work):
    """Copy a collection's folder to `work`, unless that is done, and make its data findable."""
    if work.exists():
        return
    shutil.copytree(folder, work, ignore=shutil.ignore_patterns(".git"))
    if collection == "tutorials":
        (work / "data").mkdir(exist_ok=True)
        write_reviews(work / "data" / "imdb.pkl")
        write_tunes(work)
        driver = "from test_hmc import test_hmc\n\ntest_hmc()\n"
        (work / "code" / "hmc" / "run_test_hmc.py").write_text(driver)
    if collection == "newmu":
        unpack_mnist(work / "mnist")
        load = work / "load.py"
        new = f"datasets_dir = {str(work)!r}"
        load.write_text(re.sub(r"(?m)^datasets_dir = .*$", lambda _: new, load.read_text()))


def write_reviews(path):
    """Write film reviews for lstm.py that say nothing: words at random, as numbers, and judgements."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for count in (200, 60):
            reviews = [rng.integers(2, 5000, rng.integers(5, 60)).tolist() for _ in range(count)]
            pickle.dump((reviews, rng.integers(0, 2, count).tolist()), file, protocol=2)


def write_tunes(work):
    """Make rnnrbm.py find tunes, which are notes at random, and a module that reads and writes them."""
    tunes = work / "data" / "Nottingham" / "train"
    tunes.mkdir(parents=True)
    for number in range(4):
        (tunes / f"{number}.mid").touch()
    (work / "code" / "midi").mkdir()
    (work / "code" / "midi" / "__init__.py").touch()
    (work / "code" / "midi" / "utils.py").write_text(_TUNES)


_TUNES = '''"""Stands for the module of the tutorial that reads MIDI files."""

import os
from types import SimpleNamespace

import numpy


def midiread(filename, r, dt):
    rng = numpy.random.RandomState(int(os.path.basename(filename)[0]))
    return SimpleNamespace(piano_roll=rng.binomial(1, 0.05, (150, r[1] - r[0])))


def midiwrite(filename, piano_roll, r, dt):
    assert piano_roll.shape[1] == r[1] - r[0]
'''


def unpack_mnist(folder):
    """Write MNIST's four files into `folder`, decompressed, under their first names."""
    folder.mkdir()
    packed_files = (p for source in candidate_folders("mnist") for p in source.glob("*-ubyte.gz"))
    for packed in packed_files:
        (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))


def environment(flags):
    """A child's environment variables: symgen's sources, one thread, Theano's `flags`."""
    path = [REPOSITORY, REPOSITORY / "symgen" / "theano" / "toplevel"]
    path += [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(part) for part in path),
        "THEANO_FLAGS": flags,
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
    }


def differences(recorded, found, compared="all"):
    """What differs between the recorded functions and those found, in words; empty when nothing.

    `compared` is that of :class:`Program`.
    """
    words = []
    if len(found) < len(recorded):
        words.append(f"{len(found)} functions ran of {len(recorded)}")
    for theirs, ours in zip(recorded, found, strict=False):
        name = theirs["name"]
        if theirs["calls"] != ours["calls"]:
            words.append(f"{name}: {ours['calls']} calls, not {theirs['calls']}")
        for place, expected, got in _pairs(theirs, ours, compared):
            if len(expected) != len(got):
                words.append(f"{name} {place}: {len(got)} outputs, not {len(expected)}")
                continue
            for (shape, mean), (own_shape, own_mean) in zip(expected, got, strict=True):
                if shape != own_shape:
                    words.append(f"{name} {place}: shape {own_shape}, not {shape}")
                elif compared != "shapes" and not close(mean, own_mean):
                    words.append(f"{name} {place}: {own_mean!r}, not {mean!r}")
    return words


def _pairs(theirs, ours, compared):
    for call, pair in enumerate(zip(theirs["trace"], ours["trace"], strict=False), 1):
        yield f"call {call}", *pair
    if theirs["calls"] == ours["calls"] and compared != "first calls":
        yield "last call", theirs["last"], ours["last"]


def close(expected, got):
    """Whether two means agree; None (no mean) and NaN agree with themselves only."""
    if expected is None or got is None:
        return expected is got
    if math.isnan(expected):
        return math.isnan(got)
    return abs(got - expected) <= RELATIVE * abs(expected) + ABSOLUTE


def largest(recorded, found, compared="all"):
    """Largest relative difference of the means that both have and that are compared."""
    worst = 0.0
    for theirs, ours in zip(recorded, found, strict=False):
        for _, expected, got in _pairs(theirs, ours, compared):
            for (_, mean), (_, own) in zip(expected, got, strict=False):
                if mean and own is not None and not math.isnan(mean):
                    worst = max(worst, abs(own - mean) / abs(mean))
    return worst


def _first_and_last(result):
    if not result["functions"]:
        return ""
    function = max(result["functions"], key=lambda f: f["calls"])
    means = [c[0][1] for c in (function["trace"][0], function["last"]) if c]
    words = zip(("first", "last"), means, strict=False)
    return "".join(f", {when} {mean:.6g}" for when, mean in words if mean is not None)


def last_line(text):
    """The last line of `text` that is not empty."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")[:300]


def run_library(name, python, folder, scratch, show):
    """Run a library's tests, print passed and failed by file, return whether none failed.

    They run as ``symgen run`` runs a program, for NumPy's former indexing and sizes.
    """
    library = LIBRARIES[name]
    out, work = Path(scratch) / f"{name}.xml", Path(scratch) / name
    shutil.copytree(folder, work, ignore=shutil.ignore_patterns(".git"))
    # Lasagne's serves the doctests only, and has a hook that pytest no longer knows.
    (work / "lasagne" / "conftest.py").unlink(missing_ok=True)
    driver = "import sys, pytest\n\nsys.exit(pytest.main(sys.argv[1:]))\n"
    (work / "run_tests.py").write_text(driver)
    command = [python, "-P", "-m", "symgen", "run", "run_tests.py", *library.tests]
    command += ["-c", os.devnull, "--rootdir", ".", "--assert=plain", "-p", "no:cacheprovider"]
    command += ["-q", "-W", "ignore", "--tb=short", f"--junitxml={out}"]
    child = subprocess.run(
        command, cwd=work, env={**environment(library.flags), **library.variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not out.exists():
        print(f"failed   {name}: {last_line(child.stderr or child.stdout)}")
        return False
    cases = read_cases(out)
    counts = Counter((case.file, case.outcome) for case in cases)
    print(f"{'passed':>7} {'failed':>6} {'skipped':>7}  file")
    for file in sorted({case.file for case in cases}):
        passed, failed, skipped = (counts[file, o] for o in ("passed", "failed", "skipped"))
        print(f"{passed:7} {failed:6} {skipped:7}  {file}")
        for case in cases:
            if show and case.file == file and case.outcome == "failed":
                print(f"{'':15}{case.test}: {case.message}")
    totals = Counter(case.outcome for case in cases)
    print(f"{totals['passed']:7} {totals['failed']:6} {totals['skipped']:7}  in all", flush=True)
    return not totals["failed"]


class Case(NamedTuple):
    """One test's result: ``outcome`` is passed, failed or skipped."""

    file: str
    test: str
    outcome: str
    message: str


def read_cases(path):
    """The :class:`Case` list of a JUnit XML file as pytest writes it."""
    cases = []
    for case in ElementTree.parse(path).iter("testcase"):
        modules = case.get("classname", "").split(".")
        tests = [part for part in modules if not part[:1].isupper()]
        problem = next((e for e in case if e.tag in ("failure", "error", "skipped")), None)
        outcome, message = "passed", ""
        if problem is not None:
            outcome = "skipped" if problem.tag == "skipped" else "failed"
            message = " ".join((problem.get("message") or problem.text or "").split())[:300]
        # A file that could not be imported is a case without a class, named as the module.
        module = "/".join(tests) or case.get("name").replace(".", "/")
        cases.append(Case(f"{module}.py", case.get("name"), outcome, message))
    return cases


if __name__ == "__main__":
    sys.exit(main())
