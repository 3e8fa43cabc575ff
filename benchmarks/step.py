"""Time of one training step, or of an epoch, peer beside peer, in alternating rounds.

``python -m benchmarks.step --workload vae_002 --peers symgen,torch_eager,jax_jit --threads 2``

Every peer trains in a process and an environment of its own, from the same initial weights on
the same data. First the losses of ten steps are compared. Then, round by round, each
peer runs its steps while the others are blocked. A step ends with its loss as a value
on the device; the worker fetches one loss at the end of each turn, inside the timed span.

With ``--per epoch`` a turn is a whole epoch, in one call of the framework where it has such a call.
"""

import argparse
import os
import shlex
import sys
import tempfile
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path

from benchmarks import arrays, machine, report, rounds
from benchmarks.environments import ROOT, add_folder_option, built_python
from benchmarks.peers import FLOORS, PEERS, is_rival
from benchmarks.process import WorkerProcess, thread_settings
from benchmarks.workloads import ALL, flop, load
from symgen.errors import SettingsError, SymgenError, look_up
from symgen.files import ensure_folder, write_json

RESULTS = ROOT / "benchmarks" / "results"


def parse(arguments):
    """The command's options, checked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step", description=__doc__)
    parser.add_argument("--workload", default="vae_002", help=", ".join(ALL))
    parser.add_argument(
        "--peers",
        default="symgen,torch_eager,jax_jit",
        help="comma-separated, the reference of the ratios first; of " + ", ".join(PEERS),
    )
    parser.add_argument("--per", choices=("step", "epoch"), default="step")
    parser.add_argument(
        "--examples", type=int, default=arrays.N_EXAMPLES, help="of the data, at most"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: processor time, for one thread on a busy machine",
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--turn-seconds", type=float, default=0.2, help="least length of a turn")
    parser.add_argument(
        "--noise",
        choices=("own", "fixed"),
        default="own",
        help="own: each peer draws; "
        "fixed: read from one array; losses are compared within the workload's tolerances",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-floor", action="store_true", help="leave the GEMM floor out")
    parser.add_argument("--check-only", action="store_true", help="compare losses, time nothing")
    parser.add_argument("--name", help="of the file in --results (default: from the workload)")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER")
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="ENVIRONMENT=INTERPRETER",
        help="use this interpreter for an environment instead of the built one",
    )
    add_folder_option(parser)
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.turn_seconds <= 0:
        parser.error("--rounds and --turn-seconds must be positive")
    if options.clock == "cpu" and options.threads != 1:
        parser.error("--clock cpu counts the work of all threads: use --threads 1")
    if not 1000 <= options.examples <= arrays.N_EXAMPLES:
        parser.error(f"--examples must be from 1000 to {arrays.N_EXAMPLES}")
    return options


def interpreters(peers, folder, given):
    """The interpreter for each peer's environment.

    Parameters
    ----------
    peers : list of Peer
    folder : Path
        With the built environments.
    given : list of str
        ``ENVIRONMENT=INTERPRETER``; these environments need not be built.
    """
    pythons = {None: sys.executable}
    for pair in given:
        name, separator, path = pair.partition("=")
        if not separator:
            raise SettingsError(
                expected="--python ENVIRONMENT=INTERPRETER", got=pair, remedy="Put an = between."
            )
        pythons[name] = path
    for peer in peers:
        if peer.environment not in pythons:
            pythons[peer.environment] = built_python(folder, peer.environment)
    return pythons


def measure(peers, floors, workload, pythons, options, say, keep_going=False):
    """Start the workers, compare losses, take turns; return the record.

    Parameters
    ----------
    peers, floors : list of Peer
        The first peer is the reference.
    workload : str
    pythons : dict
        From :func:`interpreters`.
    options : argparse.Namespace
        ``per``, ``threads``, ``clock``, ``rounds``, ``turn_seconds``, ``noise``, ``seed``, ``examples``,
        ``check_only``.
    say : callable
        Is given lines of progress.
    keep_going : bool
        Whether a peer that fails is written down and left out, instead of ending the measurement.
        The reference may not fail.

    Returns
    -------
    dict
        What is written as JSON, without command and time of day.
    """
    spec = load(workload)
    variables, cpus = thread_settings(options.threads)
    loads = {"before": machine.load_average()}
    own_noise = bool(spec.NOISE) and options.noise == "own"
    tolerance = spec.OWN_TOLERANCE if own_noise else spec.TOLERANCE
    steps = getattr(spec, "CHECKED_STEPS", rounds.CHECKED_STEPS)
    workers, prepared, check, left_out, failed = {}, {}, {}, {}, {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data = arrays.write(folder, spec, options.noise, options.seed, options.examples)
        for peer in [*peers, *floors]:
            say(f"{peer.name}: preparing")
            settings = {**variables, **peer.variables}
            worker = WorkerProcess(peer.name, pythons[peer.environment], settings)
            stack.enter_context(worker)
            try:
                answer = worker.ask(
                    "prepare",
                    module=peer.module,
                    workload=workload,
                    folder=str(folder),
                    threads=options.threads,
                    cpus=cpus,
                    unit=options.per,
                    clock=options.clock,
                )
                if "cannot" in answer:
                    left_out[peer.name] = answer["cannot"]
                    worker.stop()
                    continue
                if not peer.floor:
                    first = next(iter(check), None)
                    reference = first and (first, check[first]["losses"])
                    check[peer.name] = rounds.check_losses(worker, tolerance, reference, steps)
            except SymgenError as error:
                if not keep_going or peer is peers[0]:
                    raise
                failed[peer.name] = str(error)
                say(f"{peer.name}: failed, left out")
                worker.stop()
                continue
            workers[peer.name], prepared[peer.name] = worker, answer
        if peers[0].name not in workers:
            raise SettingsError(
                expected=f"a reference, the first of the peers, that can train {workload}",
                got=f"{peers[0].name}: {left_out[peers[0].name]}",
                remedy="Name another peer first.",
            )
        record = {
            "workload": workload,
            "summary": spec.SUMMARY,
            "per": options.per,
            "threads": options.threads,
            "clock": options.clock,
            "cpus_bound": cpus is not None,
            "noise": options.noise if spec.NOISE else "none",
            "seed": options.seed,
            "data": data,
            "gemm_flop": flop(spec.GEMMS),
            "machine": machine.description(),
            "versions": {name: answer["versions"] for name, answer in prepared.items()},
            "build_seconds": {name: answer["build_seconds"] for name, answer in prepared.items()},
            "in_one_call": {name: answer["in_one_call"] for name, answer in prepared.items()},
            "check_tolerance": tolerance,
            "check": check,
            "left_out": left_out,
            "failed": failed,
        }
        if options.check_only:
            return record
        epoch = prepared[peers[0].name]["steps_per_epoch"] if options.per == "epoch" else None
        timed = rounds.take_turns(
            list(workers.values()),
            options.rounds,
            options.turn_seconds,
            os.getpid(),
            report=say,
            epoch=epoch,
        )
        record["memory_mib"] = {
            name: {**prepared[name]["memory_mib"], **worker.ask("memory")}
            for name, worker in workers.items()
        }
    loads["after"] = machine.load_average()
    record["load_average"] = loads
    record["turn_seconds"] = None if epoch else options.turn_seconds
    record["steps_per_epoch"] = epoch
    record["steps_per_turn"] = timed["steps"]
    record["turns"] = timed["turns"]
    record["analysis"] = report.analyse(
        timed["turns"],
        [peer.name for peer in peers if peer.name in workers],
        [floor.name for floor in floors if floor.name in workers],
        peers[0].name,
        record["machine"]["cpus"],
        [peer.name for peer in peers[1:] if peer.name in workers and is_rival(peer)],
    )
    return record


def chosen(peers, options, floors=True):
    """Rows of the peers named, of the floors in their environments, and all their interpreters."""
    peers = [look_up("peer", name.strip(), PEERS) for name in peers.split(",")]
    used = {peer.environment for peer in peers}
    floors = [PEERS[name] for name in FLOORS] if floors else []
    floors = [floor for floor in floors if floor.environment in used and floor not in peers]
    return peers, floors, interpreters([*peers, *floors], options.envs, options.python)


def main(arguments=None):
    """The command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parse(arguments)

    def say(text):
        print(text, file=sys.stderr, flush=True)

    try:
        look_up("workload", options.workload, dict.fromkeys(ALL))
        with_floors = not options.no_floor and not options.check_only
        peers, floors, pythons = chosen(options.peers, options, with_floors)
        record = measure(peers, floors, options.workload, pythons, options, say)
    except SymgenError as error:
        say(f"error: {error}")
        return 1
    if options.check_only:
        for name, checked in record["check"].items():
            print(f"{name}: {checked['losses']}, within {checked['largest_difference']:.1e}")
        for name, why in record["left_out"].items():
            print(f"{name}: cannot: {why}")
        return 0
    record["command"] = shlex.join(["python", "-m", "benchmarks.step", *arguments])
    record["date"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
    unit = "-epoch" if options.per == "epoch" else ""
    name = options.name or f"{options.workload}{unit}-threads{options.threads}"
    path = options.results / f"{name}.json"
    ensure_folder(options.results)
    write_json(path, record)
    print(report.markdown(record))
    say(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
