"""How fast symgen convolves in C, beside PyTorch: forward and both gradients, float32, batch 64.

``python -m benchmarks.convolution`` prints, for each case, the quickest call of each peer, the ratio of
symgen to PyTorch round by round, and the three matrix products that patches would need, as a floor of
what patches and a BLAS can do. In each round every peer computes for ``--seconds``, in an order that
rotates; the others are blocked meanwhile. PyTorch runs in an environment of its own
(``benchmarks.environments``), or in the interpreter that ``--python-of-torch`` names.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import machine
from benchmarks.arithmetic import paired_ratios, relative_differences, rotated, summarise
from benchmarks.convolution_worker import CASES, gflop
from benchmarks.environments import ROOT, add_folder_option, built_python
from benchmarks.process import environment_of, thread_settings
from symgen.errors import BackendError, SettingsError, SymgenError
from symgen.files import write_json

TOLERANCE = 1e-4  # of the mean magnitude of each result
PAUSE_SECONDS = 0.05  # between turns: threads that spin while they wait fall asleep


class Worker:
    """A peer's process; a context manager that ends it."""

    def __init__(self, peer, python, variables):
        self.peer = peer
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.convolution_worker", peer],
            cwd=ROOT,
            env={**environment_of(python), **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def ask(self, do, **details):
        """Send a command and return its answer."""
        self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise BackendError(
                f"the worker of {self.peer} to answer {do!r}",
                self._log.read()[-3000:].decode(errors="replace"),
                "Read the message above.",
            )
        return json.loads(line)


def measure(workers, case, border_mode, rounds, **turn):
    """Milliseconds of each peer, round by round.

    Raises
    ------
    SettingsError
        Where a peer computes something else.
    """
    magnitudes = {w.peer: w.ask("prepare", case=case, border_mode=border_mode) for w in workers}
    reference = magnitudes["symgen"]["magnitudes"]
    for peer, answer in magnitudes.items():
        largest = max(relative_differences(answer["magnitudes"], reference))
        if peer != "gemm" and not largest <= TOLERANCE:
            raise SettingsError(
                f"{peer} to compute what symgen does, to {TOLERANCE:g}",
                f"a difference of {largest:.1e}",
                "Compare the two implementations.",
            )
    times = {worker.peer: [] for worker in workers}
    for number in range(rounds):
        for worker in rotated(workers, number):
            times[worker.peer].append(worker.ask("turn", **turn)["ms"])
            time.sleep(PAUSE_SECONDS)
    return times


def row(case, border_mode, times):
    """One line of the table."""
    _, channels, size, filters, taps, stride = CASES[case]
    what = f"{case}: {channels}x{size}x{size} -> {filters}, {taps}x{taps}, stride {stride}"
    cells = [f"{what}, {border_mode}"]
    cells += [f"{min(times[peer]):.2f}" for peer in times]
    for peer in times:
        if peer.startswith("torch"):
            ratio = summarise(paired_ratios(times["symgen"], times[peer]))
            cells.append(f"{ratio['median']:.2f} [{ratio['min']:.2f} - {ratio['max']:.2f}]")
    cells.append(f"{gflop(case, border_mode) / min(times['symgen']) * 1e3:.0f}")
    return "| " + " | ".join(cells) + " |"


def main(arguments=None):
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.convolution", description=__doc__)
    parser.add_argument("--cases", default=",".join(CASES), help="default: %(default)s")
    parser.add_argument("--border-modes", default="half,valid", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="of a turn")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: the processor time of all of a peer's threads, for one thread on a busy machine",
    )
    parser.add_argument("--python-of-torch", metavar="INTERPRETER")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write all turns as JSON")
    add_folder_option(parser)
    options = parser.parse_args(arguments)
    peers = ("symgen", "torch", "torch_channels_last", "gemm")
    record = {
        "machine": machine.description(),
        "threads": options.threads,
        "clock": options.clock,
        "ms": {},
    }
    try:
        variables, _ = thread_settings(options.threads)
        of_torch = options.python_of_torch or built_python(options.envs, "torch")
        with ExitStack() as stack:
            workers = [
                stack.enter_context(
                    Worker(
                        peer,
                        of_torch if peer.startswith("torch") else sys.executable,
                        variables,
                    )
                )
                for peer in peers
            ]
            ratios = [f"symgen / {p}, paired: median [range]" for p in peers[1:3]]
            header = ["case", *(f"{p}, ms" for p in peers), *ratios, "symgen, nominal GFLOP/s"]
            print("| " + " | ".join(header) + " |")
            print("|" + "---|" * len(header))
            for case in options.cases.split(","):
                for mode in options.border_modes.split(","):
                    turn = {"seconds": options.seconds, "clock": options.clock}
                    times = measure(workers, case, mode, options.rounds, **turn)
                    record["ms"][f"{case}, {mode}"] = times
                    print(row(case, mode, times), flush=True)
    except SymgenError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    record["load_average"] = machine.load_average()
    print(
        f"\nthreads: {options.threads}; clock: {options.clock}; {record['machine']['cpu']}; load average after: ",
        end="",
    )
    print(record["load_average"])
    if options.results:
        write_json(options.results, record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
