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

    def prepare(self, module, workload, folder, threads, cpus):
        """Import the peer, build the step. Answers versions and the seconds it took."""
        if cpus is not None:
            os.sched_setaffinity(0, cpus)
        start = time.perf_counter()
        import numpy as np

        from benchmarks.workloads import load

        spec = load(workload)
        self._peer = importlib.import_module(module)
        versions = self._peer.versions(threads)
        imported = time.perf_counter()
        if workload not in self._peer.WORKLOADS:
            raise LookupError("%s does not implement the workload %r" % (module, workload))
        with np.load(os.path.join(folder, "parameters.npz"), allow_pickle=False) as file:
            parameters = {name: file[name] for name in file.files}
        data = np.load(os.path.join(folder, "data.npy"), allow_pickle=False)
        noise_file = os.path.join(folder, "noise.npy")
        noise = np.load(noise_file, allow_pickle=False) if os.path.exists(noise_file) else None
        build = self._peer.WORKLOADS[workload]
        self._run = build(spec, parameters, data, noise)
        self._next = 0
        versions = dict(versions, python=sys.version.split()[0], numpy=np.__version__)
        return {
            "versions": versions,
            "import_seconds": imported - start,
            "build_seconds": time.perf_counter() - imported,
        }

    def losses(self, steps):
        """Run ``steps`` steps and fetch every loss."""
        values = []
        for _ in range(steps):
            values.append(self._peer.fetch(self._run(self._next, 1)))
            self._next += 1
        return {"losses": values}

    def turn(self, steps):
        """Time ``steps`` steps; the loss is fetched once, inside the timed span, at the end."""
        lead = max(1, int(steps * LEAD_FRACTION))
        self._peer.fetch(self._run(self._next, lead))
        self._next += lead
        start = time.perf_counter()
        loss = self._peer.fetch(self._run(self._next, steps))
        seconds = time.perf_counter() - start
        self._next += steps
        return {"seconds": seconds, "loss": loss, "os_threads": _os_threads()}


def _os_threads():
    tasks = "/proc/self/task"
    return len(os.listdir(tasks)) if os.path.isdir(tasks) else None


def serve(commands, answers):
    """Answer commands until ``stop`` or the end of ``commands``."""
    session = Session()
    allowed = {"prepare": session.prepare, "losses": session.losses, "turn": session.turn}
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
