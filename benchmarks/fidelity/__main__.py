"""Run Theano 1.0.5's own tests against symgen's ``theano`` namespace and compare with Theano.

``python -m benchmarks.fidelity`` builds an environment in a scratch folder (symgen and what the
tests import), takes the test files from Theano's source archive, runs them with the settings of
the recorded run on the real Theano (python linker, ``mode=FAST_COMPILE``, float64) and prints, by
file, how many of the tests that pass on the real Theano pass on symgen.

It fails when a target fails that ``known_failures.txt`` does not name. No file of Theano's is kept
in this repository: the archive is fetched by pip.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
THEANO = "Theano==1.0.5"
# What Theano's tests import, beside Theano.
NEEDED = ("pytest>=8", "pytest-timeout", "pynose", "parameterized", "six")
FLAGS = "mode=FAST_COMPILE,floatX=float64,cxx="


def main():
    """Run what the command line asks for; the exit code is 1 for an unexpected failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description=__doc__)
    parser.add_argument("files", nargs="*", help="Parts of file names; the default is all files.")
    parser.add_argument("--scratch", type=Path, help="Folder to build in, kept for the next time.")
    parser.add_argument("--python", type=Path, help="An environment that is built already.")
    parser.add_argument("--jobs", type=int, default=2, help="Files run at once (default 2).")
    parser.add_argument("--timeout", type=int, default=150, help="Seconds a test (default 150).")
    parser.add_argument("--failures", action="store_true", help="Print each failure's last line.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        scratch = (options.scratch or Path(temporary)).resolve()
        scratch.mkdir(parents=True, exist_ok=True)
        suite = fetch_suite(scratch)
        python = options.python or build_environment(scratch)
        targets = read_targets(HERE / "targets.txt")
        wanted = [f for f in targets if not options.files or any(p in f for p in options.files)]
        with ThreadPoolExecutor(options.jobs) as pool:
            runs = pool.map(lambda f: run_file(python, suite, scratch, f, options.timeout), wanted)
            results = dict(zip(wanted, runs, strict=True))
    known = read_known_failures(HERE / "known_failures.txt")
    return report({f: targets[f] for f in wanted}, results, known, options.failures)


def fetch_suite(scratch):
    """Folder of Theano's sources, fetched unless it is there."""
    folder = scratch / "Theano-1.0.5"
    if not folder.exists():
        builder = _environment(scratch / "builder", "setuptools<60", "wheel")
        download = ("-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation")
        subprocess.run(
            [builder, *download, "--no-binary", ":all:", "--dest", scratch, THEANO], check=True
        )
        with tarfile.open(next(scratch.glob("Theano-*.tar.gz"))) as archive:
            archive.extractall(scratch, filter="data")
    return folder


def build_environment(scratch):
    """The interpreter of an environment with symgen, as it is in this repository, and the rest."""
    return _environment(scratch / "environment", REPOSITORY, *NEEDED)


def _environment(folder, *packages):
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def read_targets(path):
    """``{file: {(class or "-", test)}}`` of the tests that pass on the real Theano."""
    targets, current, group = {}, None, None
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        if indent == 0:
            current = targets.setdefault(line, set())
        elif indent == 2:
            group = line.strip()
        else:
            current |= {(group, test) for test in line.split()}
    return targets


def read_known_failures(path):
    """``{(file, class or "-", test): reason}``; a ``*`` stands for every test of the class."""
    known = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.strip() and not line.startswith("#"):
            file, group, test, reason = line.split(None, 3)
            known[file, group, test] = reason
    return known


def run_file(python, suite, scratch, file, timeout):
    """``{(class or "-", test): "" or the failure}`` of the tests that ran; None as key: all of it."""
    out = scratch / (file.replace("/", "_") + ".xml")
    out.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "SYMGEN_FIDELITY_SUITE": str(suite),
        "THEANO_FLAGS": FLAGS,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")])),
    }
    command = [python, "-P", "-m", "pytest", "-p", "benchmarks.fidelity.plugin", file]
    command += ["-q", "-p", "no:cacheprovider", "-W", "ignore", "--rootdir", ".", "-c", os.devnull]
    command += ["--timeout", str(timeout), "--tb=short", f"--junitxml={out}"]
    start = time.perf_counter()
    child = subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True)
    print(f"{file}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    if not out.exists():
        return {None: (child.stdout + child.stderr)[-2000:]}
    module = file.removesuffix(".py").replace("/", ".")
    results = {}
    for case in ElementTree.parse(out).iter("testcase"):
        failure = next((e for e in case if e.tag in ("failure", "error", "skipped")), None)
        name = case.get("classname", "")
        if not name.startswith(module):  # the file could not be imported
            results[None] = "" if failure is None else _line(failure)
            continue
        key = name.removeprefix(module).lstrip(".") or "-", case.get("name")
        results[key] = "" if failure is None else _line(failure)
    return {**_whole_generators(results), **results}


def _whole_generators(results):
    """The tests that yield cases, each by its own name: passed when all of its cases have."""
    whole = {}
    for key, failure in results.items():
        match = re.fullmatch(r"(.*)_\d+", key[1]) if key else None
        if match:
            name = key[0], match[1]
            whole[name] = whole.get(name) or failure
    return whole


def _line(failure):
    text = failure.get("message") or failure.text or failure.tag
    if text == "collection failure":
        text = next((t for t in reversed(failure.text.splitlines()) if t.startswith("E ")), text)
    return f"{failure.tag}: {' '.join(text.split())}"[:300]


def report(targets, results, known, show):
    """Print the table; return 1 when something not known fails, else 0."""
    unexpected, passed_of_all, count_of_all = [], 0, 0
    print(f"{'passed':>7} {'of':>5}  file")
    for file, tests in targets.items():
        ran = results[file]
        why = {test: ran.get(test, ran.get(None, "did not run")) for test in tests}
        failed = {test: reason for test, reason in why.items() if reason}
        passed_of_all += len(tests) - len(failed)
        count_of_all += len(tests)
        print(f"{len(tests) - len(failed):7} {len(tests):5}  {file}")
        for test, reason in sorted(failed.items()):
            if not {(file, *test), (file, test[0], "*"), (file, "*", "*")} & known.keys():
                unexpected.append((file, *test))
            if show:
                print(f"{'':15}{test[0]}.{test[1]}: {reason}")
    share = passed_of_all / max(count_of_all, 1)
    print(f"{passed_of_all:7} {count_of_all:5}  in all: {share:.1%}")
    if unexpected:
        print(f"{len(unexpected)} failures are not in known_failures.txt", file=sys.stderr)
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
