"""Time to import, and from a command to its first training step, caches cold and warm.

``python -m benchmarks.startup [OPTIONS] [-- COMMAND ...]``

Three tables: the import time of ``symgen``, ``symgen.training`` (which brings the models and
PyTensor) and ``theano``; for each peer, the time from the start
of a process to the first loss of a workload; and the time from COMMAND to the output that
matches ``--until``, and to its end. COMMAND runs on a terminal of its own, so that progress
bars are drawn; ``{python}`` in it stands for the interpreter of symgen's environment and ``{out}``
for a fresh folder.

Cold: compile caches (PyTensor's, symgen's, Inductor's, Matplotlib's) in a new, empty folder. Warm:
the following runs with the same folder. The files of the packages themselves are in the
operating system's cache throughout.
"""

import argparse
import os
import pty
import re
import select
import shlex
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.arithmetic import summarise
from benchmarks.environments import ROOT, add_folder_option
from benchmarks.peers import PEERS
from benchmarks.process import environment_of, thread_settings
from benchmarks.step import RESULTS, interpreters
from symgen.errors import BackendError, SymgenError, look_up
from symgen.files import ensure_folder, write_json

IMPORTS = ("", "numpy", "pytensor", "symgen", "symgen.training", "theano")
COMMAND = "{python} -m symgen train vae --data digits --epochs 1 --out {out}"
UNTIL = r"epoch 1/"


def cache_variables(folder):
    """Environment variables that put every compile cache into ``folder``."""
    given = [flag.strip() for flag in os.environ.get("PYTENSOR_FLAGS", "").split(",")]
    flags = [f for f in given if f and not f.startswith(("base_compiledir", "compiledir"))]
    return {
        "PYTENSOR_FLAGS": ",".join([*flags, f"base_compiledir={folder}/pytensor"]),
        "SYMGEN_CACHE": f"{folder}/symgen",
        "NUMBA_CACHE_DIR": f"{folder}/numba",
        "TORCHINDUCTOR_CACHE_DIR": f"{folder}/inductor",
        "MPLCONFIGDIR": f"{folder}/matplotlib",
    }


def time_until(command, variables, pattern, timeout=600.0):
    """Run a command on a terminal of its own and watch what it prints.

    Parameters
    ----------
    command : list of str
    variables : dict
        Environment variables beyond those of this process.
    pattern : str
        Regular expression.
    timeout : float
        Seconds.

    Returns
    -------
    first : float
        Seconds from the start of the process to the first match in its output.
    end : float
        Seconds to its end.

    Raises
    ------
    BackendError
        When it fails, prints no match, or takes longer than ``timeout``.
    """
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 120))  # bars are not drawn on a terminal of no width
    environment = {**environment_of(command[0]), **variables}
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    printed, first, search = "", None, re.compile(pattern)
    try:
        while True:
            left = start + timeout - time.perf_counter()
            ready, _, _ = select.select([ours], [], [], max(0.0, left))
            chunk = _read(ours) if ready else None
            now = time.perf_counter() - start
            if chunk is None:
                raise _failed(command, f"no end within {timeout:g} s", printed)
            if not chunk:
                break
            printed += chunk.decode(errors="replace")
            if first is None and search.search(printed):
                first = now
        code = process.wait()
        end = time.perf_counter() - start
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)
    if code != 0:
        raise _failed(command, f"exit code {code}", printed)
    if first is None:
        raise _failed(command, f"no output that matches {pattern!r}", printed)
    return first, end


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux reports the end of a terminal's output as an error
        return b""


def _failed(command, got, printed):
    return BackendError(
        expected=f"{shlex.join(command)} to run to its end",
        got=f"{got}; its output ends with\n{printed[-2000:].strip()}\n",
        remedy="Run it by itself to see more.",
    )


def cold_and_warm(run, repeats):
    """Call ``run(variables, folder)`` once with empty caches, then ``repeats`` times with these.

    Returns
    -------
    dict
        ``cold``: what the first call returned; ``warm``: list of the others.
    """
    with tempfile.TemporaryDirectory() as folder:
        variables = cache_variables(folder)
        cold = run(variables, folder)
        return {"cold": cold, "warm": [run(variables, folder) for _ in range(repeats)]}


def measure_imports(python, repeats, variables):
    """Seconds of ``python -c "import NAME"``, by name, taken in turns; ``""`` is Python alone."""
    seconds = {name: [] for name in IMPORTS}
    for repeat in range(repeats + 1):
        for name in IMPORTS:
            statement = f"import {name}; print('done')" if name else "print('done')"
            _, end = time_until([python, "-c", statement], variables, "done")
            if repeat:  # the first pass writes byte code and fills the file cache
                seconds[name].append(end)
    return seconds


def measure_first_steps(peers, pythons, workload, threads, repeats, variables):
    """Seconds from process start to the first loss, by peer, cold and warm."""
    result = {}
    for peer in peers:
        python = pythons[peer.environment]
        command = [python, "-m", "benchmarks.first_step", peer.module, workload, str(threads)]

        def run(caches, folder, command=command, own=peer.variables):
            return time_until(command, {**variables, **own, **caches}, "first loss")[0]

        result[peer.name] = cold_and_warm(run, repeats)
    return result


def measure_command(command, python, pattern, repeats, variables):
    """Seconds from a command to the first match of ``pattern`` and to its end, cold and warm."""
    number = 0

    def run(caches, folder):
        nonlocal number
        number += 1
        out = f"{folder}/out{number}"
        filled = [part.replace("{python}", python).replace("{out}", out) for part in command]
        first, end = time_until(filled, {**variables, **caches}, pattern)
        return {"first": first, "end": end}

    return cold_and_warm(run, repeats)


def markdown(record):
    """The three tables."""
    alone = summarise(record["imports"][""])["median"]
    lines = ["| import | seconds, median of processes | without Python's own start |"]
    lines.append("|---|---|---|")
    for name, seconds in record["imports"].items():
        median = summarise(seconds)["median"]
        label = f"`import {name}`" if name else "Python alone"
        lines.append(f"| {label} | {median:.2f} | {median - alone:.2f} |")
    columns = "cold, s | warm, s: median [min - max] |"
    lines += ["", f"| to the first loss, {record['workload']} | {columns}", "|---|---|---|"]
    for name, times in record["first_steps"].items():
        lines.append(f"| {name} | {times['cold']:.2f} | {_spread(times['warm'])} |")
    if record["command"] is not None:
        times = record["command"]
        lines += ["", f"| `{record['command_line']}` | {columns}", "|---|---|---|"]
        for key, label in (("first", f"to `{record['until']}`"), ("end", "to its end")):
            warm = [run[key] for run in times["warm"]]
            lines.append(f"| {label} | {times['cold'][key]:.2f} | {_spread(warm)} |")
    details = record["machine"]
    lines += ["", f"- threads: {record['threads']}; {details['cpu']}, {details['cpus']} CPUs"]
    if record["load_average"]["before"] is not None:
        before, after = (record["load_average"][when][0] for when in ("before", "after"))
        lines.append(f"- load average over one minute: {before:.2f} before, {after:.2f} after")
    return "\n".join(lines)


def _spread(seconds):
    row = summarise(seconds)
    return f"{row['median']:.2f} [{row['min']:.2f} - {row['max']:.2f}]"


def parse(arguments):
    """The options, and the command after ``--``."""
    before, separator, command = arguments, "", []
    if "--" in arguments:
        cut = arguments.index("--")
        before, separator, command = arguments[:cut], "--", arguments[cut + 1 :]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.startup",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--peers", default="symgen,torch_eager,jax_jit", help="comma-separated")
    parser.add_argument("--workload", default="vae_002")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5, help="warm runs of each")
    parser.add_argument("--until", default=UNTIL, help=f"regular expression (default: {UNTIL!r})")
    parser.add_argument("--no-command", action="store_true", help="leave the third table out")
    parser.add_argument("--name", default="startup", help="of the file in --results")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER")
    parser.add_argument(
        "--python", action="append", default=[], metavar="ENVIRONMENT=INTERPRETER"
    )
    add_folder_option(parser)
    options = parser.parse_args(before)
    if options.repeats < 1:
        parser.error("--repeats must be at least 1")
    if options.no_command and separator:
        parser.error("--no-command and a command contradict each other")
    options.command = None if options.no_command else command or shlex.split(COMMAND)
    return options


def main(arguments=None):
    """The command; returns the exit code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        peers = [look_up("peer", name.strip(), PEERS) for name in options.peers.split(",")]
        pythons = interpreters([PEERS["symgen"], *peers], options.envs, options.python)
        python = pythons[PEERS["symgen"].environment]
        variables, _ = thread_settings(options.threads)
        record = {
            "threads": options.threads,
            "machine": machine.description(),
            "load_average": {"before": machine.load_average()},
            "workload": options.workload,
            "until": options.until,
            "command_line": None if options.command is None else " ".join(options.command),
        }
        print("imports", file=sys.stderr, flush=True)
        record["imports"] = measure_imports(python, options.repeats, variables)
        print("first steps", file=sys.stderr, flush=True)
        record["first_steps"] = measure_first_steps(
            peers, pythons, options.workload, options.threads, options.repeats, variables
        )
        record["command"] = None
        if options.command is not None:
            print("command", file=sys.stderr, flush=True)
            record["command"] = measure_command(
                options.command, python, options.until, options.repeats, variables
            )
        record["load_average"]["after"] = machine.load_average()
        ensure_folder(options.results)
        path = options.results / f"{options.name}.json"
        write_json(path, record)
    except SymgenError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(markdown(record))
    print(f"written: {path}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
