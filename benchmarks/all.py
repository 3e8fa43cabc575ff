"""Every workload with every peer: steps, epochs, first steps, memory; a table and a picture.

``python -m benchmarks.all --threads 2``

One workload after the other, and for each: the time of a step and of an epoch (``benchmarks.step``), in
alternating rounds, and the time from nothing to the first loss with empty and with filled caches
(``benchmarks.startup``). A peer that cannot train a workload, or fails, is named in the table with the
reason. Each workload's result is written when it is there, ``RESULTS/NAME/WORKLOAD.json``; the table
(``table.md``) and the picture (``ratios.png``) are made anew from all that lie in that folder.
"""

import argparse
import json
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import arrays, picture, report, startup, step
from benchmarks.environments import add_folder_option
from benchmarks.process import thread_settings
from benchmarks.workloads import ALL, OF_THEANO, WORKLOADS
from symgen.errors import SymgenError, look_up
from symgen.files import ensure_folder, write_bytes, write_json

TRAINERS = (
    "symgen,symgen_jax,symgen_torch,symgen_numba,torch_eager,torch_compile,jax_jit,pytensor_ml,"
    "theano_105"
)


def parse(arguments):
    """The command's options, checked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.all",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--workloads",
        default=",".join(WORKLOADS),
        help="comma-separated; programs for Theano are " + ",".join(OF_THEANO),
    )
    parser.add_argument("--peers", default=TRAINERS, help="comma-separated, the reference first")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: processor time, for one thread on a busy machine",
    )
    parser.add_argument("--rounds", type=int, default=15, help="of steps")
    parser.add_argument("--turn-seconds", type=float, default=0.2, help="least length of a turn")
    parser.add_argument("--epoch-rounds", type=int, default=5, help="0: no epochs")
    parser.add_argument(
        "--epoch-examples", type=int, default=12000, help="in an epoch; 60000 is all of MNIST"
    )
    parser.add_argument(
        "--repeats", type=int, default=3, help="warm runs of each first step; 0: no first steps"
    )
    parser.add_argument("--noise", choices=("own", "fixed"), default="own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--name", help="of the folder in --results (default: from the threads)")
    parser.add_argument("--results", type=Path, default=step.RESULTS, metavar="FOLDER")
    parser.add_argument(
        "--python", action="append", default=[], metavar="ENVIRONMENT=INTERPRETER"
    )
    add_folder_option(parser)
    options = parser.parse_args(arguments)
    if min(options.epoch_rounds, options.repeats) < 0 or options.rounds < 1:
        parser.error("--rounds must be positive, --epoch-rounds and --repeats not negative")
    if not 1000 <= options.epoch_examples <= arrays.N_EXAMPLES:
        parser.error(f"--epoch-examples must be from 1000 to {arrays.N_EXAMPLES}")
    if options.turn_seconds <= 0:
        parser.error("--turn-seconds must be positive")
    if options.clock == "cpu" and options.threads != 1:
        parser.error("--clock cpu counts the work of all threads: use --threads 1")
    options.workloads = options.workloads.split(",")
    options.check_only = False
    return options


def measure(workload, peers, floors, pythons, options, say):
    """Everything about one workload: ``{"step", "epoch", "first_steps", "first_steps_failed"}``."""
    result = {}
    for per in ("step", "epoch"):
        rounds = options.rounds if per == "step" else options.epoch_rounds
        result[per] = None
        if rounds:
            examples = arrays.N_EXAMPLES if per == "step" else options.epoch_examples
            settings = {**vars(options), "per": per, "rounds": rounds, "examples": examples}
            result[per] = step.measure(
                peers,
                floors,
                workload,
                pythons,
                argparse.Namespace(**settings),
                lambda text, per=per: say(f"{workload}, {per}: {text}"),
                keep_going=True,
            )
    result["first_steps"], result["first_steps_failed"] = {}, {}
    variables, _ = thread_settings(options.threads)
    able = result["step"]["analysis"]["peers"]
    for peer in (peer for peer in peers if options.repeats and peer.name in able):
        say(f"{workload}, first steps: {peer.name}")
        try:
            result["first_steps"] |= startup.measure_first_steps(
                [peer], pythons, workload, options.threads, options.repeats, variables
            )
        except SymgenError as error:
            result["first_steps_failed"][peer.name] = str(error)
    return result


def read_results(folder):
    """The results in a folder by workload, in the order of the workloads' table."""
    paths = {name: folder / f"{name}.json" for name in ALL}
    return {name: json.loads(path.read_text()) for name, path in paths.items() if path.exists()}


def main(arguments=None):
    """The command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parse(arguments)

    def say(text):
        print(text, file=sys.stderr, flush=True)

    folder = options.results / (options.name or f"all-threads{options.threads}")
    try:
        for workload in options.workloads:
            look_up("workload", workload, dict.fromkeys(ALL))
        peers, floors, pythons = step.chosen(options.peers, options)
        ensure_folder(folder)
        for workload in options.workloads:
            result = measure(workload, peers, floors, pythons, options, say)
            result["command"] = shlex.join(["python", "-m", "benchmarks.all", *arguments])
            result["date"] = datetime.now(UTC).isoformat(timespec="seconds")
            write_json(folder / f"{workload}.json", result)
            results = read_results(folder)
            table = report.all_markdown(results)
            write_bytes(folder / "table.md", table.encode())
            picture.draw(results, folder / "ratios.png")
    except SymgenError as error:
        say(f"error: {error}")
        return 1
    print(table)
    say(f"written: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
