"""What the machine is and how busy it is, from ``/proc`` where there is one."""

import os
import platform
from pathlib import Path


def cpu_name():
    """Model name of the processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux: the platform module is all there is
    return platform.processor() or platform.machine()


def allowed_cpus():
    """Numbers of the CPUs that this process may use, or None where that cannot be asked."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return None


def load_average():
    """Load averages over 1, 5 and 15 minutes, or None where there are none."""
    try:
        return list(os.getloadavg())
    except OSError:
        return None


def description():
    """Processor, number of CPUs, operating system."""
    cpus = allowed_cpus()
    return {
        "cpu": cpu_name(),
        "cpus": os.cpu_count(),
        "cpus_allowed": None if cpus is None else len(cpus),
        "system": platform.platform(),
    }


def parse_stat(line):
    """Busy and total jiffies from the first line of ``/proc/stat``.

    Idle and iowait count as not busy; time stolen by the hypervisor counts as busy, since
    it was not ours. Guest time is contained in user time and not counted again.
    """
    fields = [int(field) for field in line.split()[1:9]]
    total = sum(fields)
    return total - fields[3] - fields[4], total


def parse_process_stat(text):
    """User plus system jiffies of one process, with its reaped children, from its ``stat``."""
    fields = text.rsplit(")", 1)[1].split()  # the name in parentheses may hold spaces
    return sum(int(field) for field in fields[11:15])


class Usage:
    """Who used the CPUs between two looks.

    Parameters
    ----------
    pids : sequence of int
        Processes of the measurement; all else counts as "others".
    """

    def __init__(self, pids):
        self.pids = list(pids)
        self.available = Path("/proc/stat").exists()
        self._last = self._read() if self.available else None

    def _read(self):
        with open("/proc/stat") as file:
            busy, total = parse_stat(file.readline())
        own = {}
        for pid in self.pids:
            own[pid] = parse_process_stat(Path(f"/proc/{pid}/stat").read_text())
        return busy, total, own

    def since_last(self):
        """CPU use since the last call, as fractions of all CPUs' time.

        Returns
        -------
        dict or None
            ``others``: by processes not of this measurement; ``own``: by pid.
            None where the system has no ``/proc/stat``, or no jiffy has passed.
        """
        if not self.available:
            return None
        before, now = self._last, self._read()
        self._last = now
        total = now[1] - before[1]
        if total <= 0:
            return None
        own = {pid: (now[2][pid] - before[2][pid]) / total for pid in self.pids}
        others = (now[0] - before[0]) / total - sum(own.values())
        return {"others": max(0.0, others), "own": own}
