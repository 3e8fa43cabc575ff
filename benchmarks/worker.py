"""The process that trains one workload with one peer, in that peer's environment.

It obeys commands, one JSON object a line on standard input, and answers each with one
line. It does nothing between commands: it is blocked in ``read``. What libraries
print goes to standard error, so that nothing can get among the answers.

This file is run by every environment, old interpreters included, so it keeps to the
syntax of Python 3.7 and imports only the standard library and NumPy.
"""

import importlib
import json
import os
import sys
import time
import traceback

LEAD_FRACTION = 0.1  # of a turn's steps, run before the clock starts: they refill the caches


class Session:
    """One peer, one workload, and the number of the next training step."""

    def prepare(self, module, workload, folder, threads, cpus, unit="step", clock="wall"):
        """Import the peer, build the step. Answers versions, seconds and memory that it took.

        With ``unit="epoch"`` the peer's way of many steps in one call, where it has one. The clock
        is ``"wall"``, or ``"cpu"`` for the processor time of this process.
        """
        if cpus is not None:
            os.sched_setaffinity(0, cpus)
        start = time.perf_counter()
        import numpy as np

        from benchmarks.workloads import load

        spec = load(workload)
        self._peer = importlib.import_module(module)
        versions = self._peer.versions(threads)
        imported = time.perf_counter()
        builders = dict(self._peer.WORKLOADS)
        in_one_call = unit == "epoch" and workload in getattr(self._peer, "EPOCHS", {})
        if in_one_call:
            builders.update(self._peer.EPOCHS)
        if workload not in builders:
            why = getattr(self._peer, "CANNOT", {}).get(workload)
            if why is not None:
                return {"versions": versions, "cannot": why}
            raise LookupError(f"{module} does not implement the workload {workload!r}")
        memory = {"imported": _resident("VmRSS")}
        parameters = _arrays(np, os.path.join(folder, "parameters.npz"))
        data = {}
        for name in ("x", "y"):
            path = os.path.join(folder, name + ".npy")
            if os.path.exists(path):
                data[name] = np.load(path, allow_pickle=False)
        path = os.path.join(folder, "noise.npz")
        noise = _arrays(np, path) if os.path.exists(path) else None
        memory["data"] = sum(values.nbytes for values in data.values()) / 2.0**20
        self._steps_per_epoch = len(data["x"]) // spec.BATCH_SIZE
        self._run = builders[workload](spec, parameters, data, noise)
        self._next = 0
        self._clock = {"wall": time.perf_counter, "cpu": time.process_time}[clock]
        versions = dict(versions, python=sys.version.split()[0], numpy=np.__version__)
        return {
            "versions": versions,
            "import_seconds": imported - start,
            "build_seconds": time.perf_counter() - imported,
            "steps_per_epoch": self._steps_per_epoch,
            "in_one_call": in_one_call,
            "memory_mib": memory,
        }

    def losses(self, steps):
        """Run ``steps`` steps and fetch every loss."""
        values = []
        for _ in range(steps):
            values.append(self._peer.fetch(self._run(self._next, 1)))
            self._next += 1
        return {"losses": values}

    def turn(self, steps, lead=None):
        """Time ``steps`` steps; the loss is fetched once, inside the timed span, at the end.

        ``lead`` steps run before the clock starts; by default a tenth of ``steps``. When all steps
        were called, and a GPU may still compute, is ``seconds_until_called``.
        """
        lead = max(1, int(steps * LEAD_FRACTION)) if lead is None else lead
        if lead:
            self._peer.fetch(self._run(self._next, lead))
            self._next += lead
        start = self._clock()
        loss = self._run(self._next, steps)
        called = self._clock() - start
        loss = self._peer.fetch(loss)
        seconds = self._clock() - start
        self._next += steps
        answer = {"seconds": seconds, "loss": loss, "os_threads": _os_threads()}
        return dict(answer, seconds_until_called=called)

    def memory(self):
        """Peak of the resident memory so far, and of the device's where the peer knows, in MiB."""
        device = getattr(self._peer, "device_memory", lambda: None)()
        return {"peak": _resident("VmHWM"), "device_peak": device}


def _arrays(np, path):
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _resident(field):
    """``VmRSS`` (resident now) or ``VmHWM`` (its peak) in MiB; None where the system has no /proc.

    ``ru_maxrss`` will not do: on Linux a process takes over the peak of the one that started it.
    """
    path = "/proc/self/status"
    if not os.path.exists(path):
        return None
    with open(path) as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024.0
    return None


def _os_threads():
    tasks = "/proc/self/task"
    return len(os.listdir(tasks)) if os.path.isdir(tasks) else None


def serve(commands, answers):
    """Answer commands until ``stop`` or the end of ``commands``."""
    session = Session()
    allowed = {name: getattr(session, name) for name in ("prepare", "losses", "turn", "memory")}
    for line in iter(commands.readline, ""):
        message = json.loads(line)
        name = message.pop("do")
        if name == "stop":
            return
        try:
            answer = allowed[name](**message)
        except Exception:  # reported to the harness, which raises it there
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main():
    """Keep the real standard output for answers and give libraries standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
