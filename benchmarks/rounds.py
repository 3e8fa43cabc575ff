"""The measurement itself: check that the peers agree, then let them take turns."""

import math
import time

from benchmarks.arithmetic import relative_differences, rotated
from benchmarks.machine import Usage, load_average
from symgen.errors import NonFiniteError, SettingsError

CHECKED_STEPS = 10
PAUSE_SECONDS = 0.05  # between turns: threads that spin while they wait fall asleep


def check_losses(worker, tolerance, reference=None, steps=CHECKED_STEPS):
    """Train a worker for a few steps and compare its losses with another worker's.

    Parameters
    ----------
    worker : WorkerProcess
    tolerance : float
        Relative.
    reference : (str, list of float), optional
        Name and losses of the worker to compare with; without one there is nothing to differ from.
    steps : int

    Returns
    -------
    dict
        ``losses`` and ``largest_difference``, relative.

    Raises
    ------
    SettingsError
        When the worker computes something else, so that timings would not compare.
    """
    losses = worker.ask("losses", steps=steps)["losses"]
    name, expected = reference or (worker.name, losses)
    largest = max(relative_differences(losses, expected))
    if not largest <= tolerance:  # so that NaN fails too
        raise SettingsError(
            expected=f"{worker.name} to train with the losses of {name}, "
            f"{expected}, to a relative {tolerance:g}",
            got=f"{losses}, off by {largest:.2g}",
            remedy="Compare the two implementations; --noise fixed takes chance out.",
        )
    return {"losses": losses, "largest_difference": largest}


def steps_per_turn(worker, seconds):
    """How many steps last at least ``seconds``, after a warm-up as long as half of that."""
    steps = 1
    while True:
        taken = worker.ask("turn", steps=steps)["seconds"]
        if taken >= seconds / 2:
            return max(1, math.ceil(1.1 * steps * seconds / taken))
        steps = min(10 * steps, max(2 * steps, math.ceil(steps * seconds / max(taken, 1e-6))))


def take_turns(
    workers, rounds, seconds, own_pid, pause=PAUSE_SECONDS, report=lambda text: None, epoch=None
):
    """Time the workers in alternating rounds, one at a time.

    In each round every worker runs its number of steps once, while the others are blocked
    reading a pipe; the order is rotated by one place from round to round.

    Parameters
    ----------
    workers : list of WorkerProcess
        Prepared.
    rounds : int
    seconds : float
        A turn lasts at least so long.
    own_pid : int
        Process of the harness, whose CPU time is not "others".
    pause : float
        Seconds of rest before each turn.
    report : callable
        Is given a line of progress now and then.
    epoch : int, optional
        Steps of an epoch: a turn is one epoch then, in one call, after a first one untimed.

    Returns
    -------
    dict
        ``steps``: by peer; ``turns``: list of dicts with round, peer, milliseconds per step (and
        those until all were called), loss, and the CPU use during the turn.
    """
    if epoch is None:
        steps, lead = {w.name: steps_per_turn(w, seconds) for w in workers}, None
    else:
        steps, lead = {w.name: epoch for w in workers}, 0
        for worker in workers:
            report(f"{worker.name}: first epoch")
            worker.ask("turn", steps=epoch, lead=0, timeout=3600.0)
    usage = Usage([own_pid, *(worker.pid for worker in workers)])
    turns = []
    for number in range(rounds):
        for worker in rotated(workers, number):
            time.sleep(pause)
            usage.since_last()
            answer = worker.ask("turn", steps=steps[worker.name], lead=lead, timeout=3600.0)
            used = usage.since_last()
            if not math.isfinite(answer["loss"]):
                raise NonFiniteError(
                    expected=f"{worker.name} to train with finite losses",
                    got=f"{answer['loss']} in round {number + 1}",
                    remedy="Use fewer rounds or shorter turns, or another seed.",
                )
            turns.append(
                {
                    "round": number,
                    "peer": worker.name,
                    "ms_per_step": 1e3 * answer["seconds"] / steps[worker.name],
                    "ms_until_called": 1e3 * answer["seconds_until_called"] / steps[worker.name],
                    "loss": answer["loss"],
                    "os_threads": answer["os_threads"],
                    "cpu_others": None if used is None else used["others"],
                    "cpu_own": None if used is None else used["own"][worker.pid],
                    "load_average": load_average(),
                }
            )
        report(f"round {number + 1} of {rounds}")
    return {"steps": steps, "turns": turns}
