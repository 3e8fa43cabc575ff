"""A worker process as the harness sees it, and the settings it is started with."""

import json
import os
import select
import subprocess
import sys
import tempfile

from benchmarks.environments import ROOT
from benchmarks.machine import allowed_cpus
from symgen.errors import BackendError, SettingsError

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "PJRT_NPROC",
)


def thread_settings(threads):
    """Environment variables and CPUs that hold a worker to ``threads`` threads.

    All peers get the same: the variables that OpenMP, OpenBLAS, MKL, Accelerate, Numba and
    XLA's client read, and the first ``threads`` CPUs that this process may use. With one
    thread XLA is also told ``--xla_cpu_multi_thread_eigen=false``.

    Returns
    -------
    variables : dict of str to str
    cpus : list of int or None
        None where the system cannot bind a process to CPUs.
    """
    cpus = allowed_cpus()
    if threads < 1 or (cpus is not None and threads > len(cpus)):
        raise SettingsError(
            expected=f"from 1 to {len(cpus) if cpus else 'any number of'} threads",
            got=str(threads),
            remedy="Give another number with --threads.",
        )
    variables = {name: str(threads) for name in THREAD_VARIABLES}
    if threads == 1:
        flags = os.environ.get("XLA_FLAGS", "").split()
        variables["XLA_FLAGS"] = " ".join([*flags, "--xla_cpu_multi_thread_eigen=false"])
    return variables, None if cpus is None else cpus[:threads]


def environment_of(python):
    """Environment variables for a process of an interpreter.

    Another interpreter than this one does not get ``PYTHONPATH`` and ``PYTHONHOME``: they would bring
    packages of this one's environment into its own.
    """
    kept = python == sys.executable
    paths = ("PYTHONPATH", "PYTHONHOME")
    return {k: v for k, v in os.environ.items() if kept or k not in paths}


class WorkerProcess:
    """One peer's worker; a context manager that ends it.

    Parameters
    ----------
    name : str
        For messages.
    python : str
        The interpreter of its environment.
    variables : dict
        Environment variables beyond the harness's own.
    """

    def __init__(self, name, python, variables):
        self.name = name
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.worker"],
            cwd=ROOT,
            env={**environment_of(python), **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    def ask(self, do, timeout=600.0, **details):
        """Send a command, wait for its answer, return it.

        Raises
        ------
        BackendError
            When the worker failed, ended, or took longer than ``timeout`` seconds.
        """
        try:
            self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended: the read below finds the end of file and says so
        ready, _, _ = select.select([self._process.stdout], [], [], timeout)
        line = self._process.stdout.readline() if ready else None
        if not line:
            state = f"no answer within {timeout:g} s" if line is None else "the end of its output"
            if line is None:
                self.kill()  # it would not read the next command either
            raise self._failure(do, f"{state}\n{self._printed()}")
        answer = json.loads(line)
        if "error" in answer:
            raise self._failure(do, answer["error"])
        return answer

    def _failure(self, do, got):
        return BackendError(
            expected=f"the worker of {self.name} to answer {do!r}",
            got=got.rstrip(),
            remedy="Read the message above, or leave the peer out of --peers.",
        )

    def _printed(self):
        self._log.seek(0)
        return self._log.read()[-4000:].decode(errors="replace")

    def kill(self):
        """End the process at once."""
        self._process.kill()
        self._process.wait()

    def stop(self):
        """End the process: by closing its input, and by force if that does not do."""
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended already
        if self._process.poll() is None:
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process.stdout.close()
        self._log.close()
