"""On a machine with a GPU: the tests that need one, then every workload beside hand-written peers.

``python -m benchmarks.gpu --out FOLDER --minutes 8 --stages tests,steps,epochs,others``

It is made for a machine that is there for minutes. All peers run in the interpreter that runs this, one
process for each peer, workload and unit. They import and build side by side, and take their first steps,
in which libraries try out kernels, one after the other (``torch.compile``, which works long on the CPU,
beside them). Then, workload by workload, they take turns as in ``benchmarks.step``. What is known is written
after each workload, ``results.json`` and ``table.md`` in ``--out``: to stop it loses what was under way, and
no more. Nothing is started that does not end by ``--minutes``. Of the tests, ``tests`` are those that need
a GPU and come first; ``others``, last, those that run on whatever device there is.

All peers multiply float32 numbers alike: exactly, or with ``--tf32`` with factors rounded to TF32.
"""

import argparse
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import arrays, machine, report, rounds
from benchmarks.environments import ROOT
from benchmarks.peers import PEERS, is_rival
from benchmarks.process import WorkerProcess
from benchmarks.workloads import ALL, ON_GPU, flop, load
from symgen.errors import SettingsError, SymgenError, look_up
from symgen.files import ensure_folder, write_bytes, write_json

TRAINERS = "symgen_jax,symgen_torch,jax_jit,torch_eager,torch_compile,torch_cuda_graph"
STAGES = ("tests", "steps", "epochs", "others")
# Measured together: those of one group are prepared while nothing is timed.
GROUPS = (("vae_002", "vae_002_batch8192", "gan_003"), ("dcgan", "pixelcnn"))
# What pytest is given.
TESTS = {
    "tests": "-m gpu tests/backends",
    "others": "tests/ops tests/backends/test_jax.py tests/backends/test_jax_epoch.py "
    "tests/backends/test_torch.py tests/backends/test_torch_epoch.py -k 'jax or torch' -m 'not gpu'",
}
UNITS = {"steps": "step", "epochs": "epoch"}
MEMORY_OF_JAX = 0.5  # of the GPU's, for all processes together; the rest is PyTorch's
EPOCH_FLOP = 5e12  # an epoch's matrix products, at most
LEAST_EPOCH = 50  # steps
LEFT_FOR_WRITING = 5.0  # seconds
FIRST_STEPS = 100.0  # seconds, of one peer at most


def parse(arguments):
    """The command's options, checked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=9.0, help="in which all has to be done")
    parser.add_argument("--stages", default=",".join(STAGES), help="of " + ", ".join(STAGES))
    parser.add_argument("--workloads", default=",".join(ON_GPU), help="of " + ", ".join(ALL))
    parser.add_argument("--peers", default=TRAINERS, help="comma-separated, the reference first")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--turn-seconds", type=float, default=0.15)
    parser.add_argument("--tf32", action="store_true", help="round factors of float32 products")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--device", choices=("gpu", "cpu"), default="gpu", help="cpu: to rehearse the command"
    )
    parser.add_argument("--test-minutes", type=float, default=3.0, help="for each call of pytest")
    parser.add_argument("--test-processes", type=int, default=8, help="with pytest-xdist")
    options = parser.parse_args(arguments)
    for what in ("stages", "workloads", "peers"):
        setattr(options, what, getattr(options, what).split(","))
    for given, table in ((options.stages, STAGES), (options.workloads, ALL), (options.peers, PEERS)):
        for name in given:
            look_up(f"of {', '.join(table)}", name, dict.fromkeys(table))
    return options


class Clock:
    """What is left of the time."""

    def __init__(self, minutes):
        self._start, self._end = time.monotonic(), time.monotonic() + 60 * minutes

    def left(self):
        """Seconds until the end, less those for writing."""
        return self._end - time.monotonic() - LEFT_FOR_WRITING

    def passed(self):
        """Seconds since the start."""
        return time.monotonic() - self._start


def gpu_name():
    """Name and driver of the first GPU, as the driver's command tells it.

    Raises
    ------
    SettingsError
        When there is none.
    """
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    if shutil.which(command[0]) is None:
        raise SettingsError(
            "a machine with an NVIDIA GPU", "no nvidia-smi", "Use benchmarks.step for a CPU."
        )
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise SettingsError("nvidia-smi to name a GPU", told.stderr.strip(), "Mend the driver.")
    return told.stdout.splitlines()[0].strip()


# -- tests ------------------------------------------------------------------------------------------


def run_tests(name, options, clock, say):
    """Run pytest on a row of ``TESTS``; returns the record, the log is in ``NAME.log``."""
    seconds = min(60 * options.test_minutes, clock.left())
    command = [sys.executable, "-m", "pytest", *shlex.split(TESTS[name])]
    command += ["-q", "-rfE", "--tb=long", "-p", "no:cacheprovider", "-o", "addopts="]
    command += ["-W", "ignore"]
    environment = {**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    if importlib.util.find_spec("xdist"):
        command += ["-n", str(options.test_processes)]
    if importlib.util.find_spec("pytest_timeout"):
        command += ["--timeout", "100"]
    start, path = time.monotonic(), options.out / f"{name}.log"
    with path.open("w") as log:
        try:
            call = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, timeout=seconds, check=False
            )
            code = call.returncode
        except subprocess.TimeoutExpired:
            code = f"stopped after {seconds:.0f} s"
    lines = path.read_text(errors="replace").splitlines()
    record = {
        "command": shlex.join(["python", *command[1:]]),
        "exit": code,
        "seconds": time.monotonic() - start,
        "failed": [line for line in lines if line.startswith(("FAILED", "ERROR"))],
        "summary": lines[-1] if lines else "",
    }
    for line in record["failed"][:40]:
        say(line[:300])
    say(f"{name}: exit {code}, {record['seconds']:.0f} s: {record['summary']}")
    return record


# -- workers ----------------------------------------------------------------------------------------


class Runner:
    """One process: a peer with a workload, by steps or by epochs."""

    def __init__(self, peer, workload, unit, variables, folder, threads):
        self.peer, self.workload, self.unit, self.error = peer, workload, unit, None
        self.answer, self.check, self.seconds = None, None, {}
        self._folder, self._threads = folder, threads
        self.worker = WorkerProcess(peer.name, sys.executable, {**variables, **peer.variables})

    @property
    def ready(self):
        """Whether it can be timed."""
        return self.answer is not None and self.error is None and "cannot" not in self.answer

    def _try(self, what, clock, do):
        if self.error is not None or (self.answer is not None and "cannot" in self.answer):
            return
        start = time.monotonic()
        try:
            if clock.left() < 1:
                raise SettingsError("time for it", "none left", "Give more --minutes.")
            do(min(FIRST_STEPS, clock.left()))
        except SymgenError as error:
            self.error = str(error)
            self.worker.kill()
        self.seconds[what] = time.monotonic() - start

    def prepare(self, clock):
        """Import and build."""

        def ask(timeout):
            self.answer = self.worker.ask(
                "prepare",
                timeout=timeout,
                module=self.peer.module,
                workload=self.workload,
                folder=str(self._folder),
                threads=self._threads,
                cpus=None,
                unit=self.unit,
            )

        self._try("prepare", clock, ask)

    def first_steps(self, clock):
        """Ten losses of steps, or two epochs: all is compiled then."""

        def ask(timeout):
            if self.unit == "step":
                answer = self.worker.ask("losses", timeout=timeout, steps=rounds.CHECKED_STEPS)
                self.check = answer["losses"]
            else:
                for _ in range(2):
                    self.worker.ask("turn", timeout=timeout, steps=self.epoch, lead=0)

        self._try("first_steps", clock, ask)

    @property
    def epoch(self):
        """Steps of what is timed as an epoch."""
        of_data = self.answer["steps_per_epoch"]
        most = max(LEAST_EPOCH, int(EPOCH_FLOP / flop(load(self.workload).GEMMS)))
        return min(most, max(of_data, LEAST_EPOCH))

    def compare(self, expected, tolerance):
        """Mark the runner as failed if its losses are others."""
        if self.check is None or expected is None:
            return
        largest = max(abs(a - b) / abs(b) for a, b in zip(self.check, expected, strict=True))
        if not largest <= tolerance:
            self.error = f"losses {self.check}, off by {largest:.2g} from {expected}"


def is_compiled_by_torch(runner):
    """Whether it compiles for long on the CPU."""
    return runner.peer.name == "torch_compile"


def prepare_group(workloads, options, clock, stack, say):
    """All runners of some workloads, with their first steps done.

    Returns
    -------
    dict of (workload, unit) to list of Runner
        A peer without a call for many steps has one runner, in both lists.
    """
    units = [UNITS[stage] for stage in options.stages if stage in UNITS]
    peers = [PEERS[name] for name in options.peers]
    variables = dict(options.variables)
    by_jax = [peer for peer in peers if "jax" in peer.name]
    share = MEMORY_OF_JAX / max(1, len(by_jax) * len(workloads) * len(units))
    variables["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{min(share, 0.2):.3f}"
    runners, lists = [], {}
    for workload in workloads:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        options.data[workload] = arrays.write(folder, load(workload), "own", options.seed)
        for peer in peers:
            of_units = {}
            for unit in units:
                if peer.module.endswith((".symgen", ".jax_jit")) or not of_units:
                    runner = Runner(peer, workload, unit, variables, folder, options.threads)
                    stack.callback(runner.worker.kill)
                    runners.append(runner)
                of_units[unit] = runner
                lists.setdefault((workload, unit), []).append(runner)
    with ThreadPoolExecutor(len(runners)) as pool:
        list(pool.map(lambda runner: runner.prepare(clock), runners))
    say(f"{clock.passed():.0f} s: {', '.join(workloads)} prepared")
    slow = [runner for runner in runners if is_compiled_by_torch(runner)]
    with ThreadPoolExecutor(max(1, len(slow))) as pool:
        waiting = [pool.submit(runner.first_steps, clock) for runner in slow]
        for runner in runners:
            if runner not in slow:
                runner.first_steps(clock)
        for future in waiting:
            future.result()
    for runner in runners:
        if runner.error:
            say(f"{runner.workload} {runner.unit} {runner.peer.name}: FAILED: {runner.error[-600:]}")
    say(f"{clock.passed():.0f} s: first steps done")
    return lists


def time_turns(runners, workload, unit, options, clock, say):
    """The record of one workload, by steps or by epochs, or None where nothing can be timed."""
    spec = load(workload)
    able = [runner for runner in runners if runner.ready]
    if unit == "step" and able:
        for runner in able[1:]:
            runner.compare(able[0].check, spec.OWN_TOLERANCE)
        able = [runner for runner in able if runner.ready]
    record = {
        "summary": spec.SUMMARY,
        "data": options.data[workload],
        "gemm_flop": flop(spec.GEMMS),
        "versions": {r.peer.name: r.answer["versions"] for r in able},
        "in_one_call": {r.peer.name: r.answer["in_one_call"] for r in able},
        "seconds": {r.peer.name: r.seconds for r in runners},
        "losses": {r.peer.name: r.check for r in able if r.check},
        "failed": {r.peer.name: r.error for r in runners if r.error},
        "left_out": {
            r.peer.name: r.answer["cannot"] for r in runners if r.answer and "cannot" in r.answer
        },
    }
    if not able or clock.left() < 5:
        record["failed"]["all"] = "no time left" if able else "none could be timed"
        return record
    timed = rounds.take_turns(
        [runner.worker for runner in able],
        options.rounds if unit == "step" else max(3, options.rounds // 2),
        options.turn_seconds,
        os.getpid(),
        epoch=able[0].epoch if unit == "epoch" else None,
    )
    rivals = [runner.peer.name for runner in able if is_rival(runner.peer)]
    names = [runner.peer.name for runner in able]
    record["steps_per_turn"], record["turns"] = timed["steps"], timed["turns"]
    record["memory_mib"] = {r.peer.name: r.worker.ask("memory") for r in able}
    record["analysis"] = report.analyse(
        timed["turns"], names, [], names[0], os.cpu_count() or 1, rivals
    )
    say(f"{clock.passed():.0f} s: {workload} by {unit} timed")
    return record


# -- the table --------------------------------------------------------------------------------------


def table(record):
    """Markdown of all that was measured."""
    lines = [
        f"GPU: {record['gpu']}; TF32 {'on' if record['tf32'] else 'off'} for all; {record['date']}",
        "",
        "Times in microseconds a step, medians; in brackets, until all calls had returned. Ratios: the "
        "reference, the first peer, over each, paired by rounds; under 1 the reference is faster.",
        "",
    ]
    for workload, units in record["workloads"].items():
        summary = next(iter(units.values()))["summary"]
        lines += [f"### {workload}: {summary}", "", "| peer |", "|---|"]
        names = list(dict.fromkeys(n for unit in units.values() for n in _timed(unit)))
        for unit in units:
            lines[-2] += f" µs, by {unit} | ratio | peak MiB of the GPU |"
            lines[-1] += "---|---|---|"
        for name in names:
            cells = [name]
            for result in units.values():
                cells += _cells(name, result)
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
        for unit, result in units.items():
            if unit == "epoch" and "turns" in result:
                several = [name for name, does in result["in_one_call"].items() if does]
                steps = next(iter(result["steps_per_turn"].values()))
                lines.append(f"- {steps} steps an epoch, in one call for {', '.join(several)}")
            for name, why in {**result["failed"], **result["left_out"]}.items():
                lines.append(f"- by {unit}, {name} is not here: {' '.join(why.split())[-300:]}")
        lines.append("")
    return "\n".join(lines)


def _timed(result):
    return result["analysis"]["peers"] if "analysis" in result else {}


def _cells(name, result):
    row = _timed(result).get(name)
    if row is None:
        return ["-"] * 3
    called = [t["ms_until_called"] for t in result["turns"] if t["peer"] == name]
    median = sorted(called)[len(called) // 2]
    ratio = row.get("reference_over_peer")
    peak = result["memory_mib"][name]["device_peak"]
    return [
        f"{1e3 * row['ms_per_step']['median']:.1f} ({1e3 * median:.1f})",
        f"{ratio['median']:.2f} [{ratio['min']:.2f} - {ratio['max']:.2f}]" if ratio else "1",
        "-" if peak is None else f"{peak:.0f}",
    ]


def main(arguments=None):
    """The command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments

    def say(text):
        print(text, flush=True)

    try:
        options = parse(arguments)
        clock = Clock(options.minutes)
        ensure_folder(options.out)
        record = {
            "gpu": gpu_name() if options.device == "gpu" else "none",
            "machine": machine.description(),
            "tf32": options.tf32,
            "rounds": options.rounds,
            "turn_seconds": options.turn_seconds,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": shlex.join(["python", "-m", "benchmarks.gpu", *arguments]),
            "tests": {},
            "workloads": {},
        }
        options.data, options.threads = {}, 4
        options.variables = {
            "SYMGEN_TF32": str(int(options.tf32)),
            "SYMGEN_DEVICE": options.device,
            "TORCHINDUCTOR_COMPILE_THREADS": "4",
            "OMP_NUM_THREADS": "4",
        }

        def write():
            write_json(options.out / "results.json", record)
            write_bytes(options.out / "table.md", table(record).encode())

        if "tests" in options.stages:
            record["tests"]["tests"] = run_tests("tests", options, clock, say)
            write()
        for group in _groups(options):
            if clock.left() < 60:
                say(f"no time left for {', '.join(group)}")
                break
            with ExitStack() as stack:
                lists = prepare_group(group, options, clock, stack, say)
                for (workload, unit), runners in lists.items():
                    try:
                        result = time_turns(runners, workload, unit, options, clock, say)
                    except SymgenError as error:
                        say(f"{workload} by {unit}: {error}")
                        continue
                    record["workloads"].setdefault(workload, {})[unit] = result
                    write()
        if "others" in options.stages and clock.left() > 20:
            record["tests"]["others"] = run_tests("others", options, clock, say)
            write()
        say(table(record))
    except SymgenError as error:
        say(f"error: {error}")
        return 1
    say(f"{clock.passed():.0f} s in all; written: {options.out}")
    return 0


def _groups(options):
    if not any(stage in UNITS for stage in options.stages):
        return []
    known = [[name for name in group if name in options.workloads] for group in GROUPS]
    others = [name for name in options.workloads if not any(name in group for group in known)]
    return [group for group in (*known, others) if group]


if __name__ == "__main__":
    sys.exit(main())
