"""The compiler options for this processor, which PyTensor finds anew in each process, remembered.

PyTensor asks the compiler what ``-march=native`` means here, then compiles and runs a program with
these options: three compiler processes at the first function of every process. The answer depends on
the processor, the compiler and PyTensor alone; it is kept in symgen's cache folder.
"""

import hashlib
import json
import os
import shutil
import warnings
from pathlib import Path

import pytensor
from pytensor.link.c.cmodule import GCC_compiler

from symgen import config
from symgen.files import write_json

# Lines of /proc/cpuinfo on x86 and on ARM. Not the clock rate, which changes all the time.
_OF_PROCESSOR = ("vendor_id", "cpu family", "model", "stepping", "flags", "Features", "CPU ")


def recall():
    """Tell PyTensor the options of an earlier process; nothing where none are known."""
    key = _key()
    if GCC_compiler.march_flags is not None or key is None:
        return
    try:
        stored = json.loads(_memory().read_text())
        flags = stored["flags"] if stored["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return  # a memory that cannot be read is as good as none
    if isinstance(flags, list) and flags and all(isinstance(flag, str) for flag in flags):
        GCC_compiler.march_flags = flags


def remember():
    """Keep the options that PyTensor found, if it found any."""
    key, flags = _key(), GCC_compiler.march_flags
    if key is None or not flags:
        return
    entry = {"key": key, "flags": flags}
    try:
        if _memory().exists() and json.loads(_memory().read_text()) == entry:
            return
    except (OSError, ValueError):
        pass  # written anew
    try:
        _memory().parent.mkdir(parents=True, exist_ok=True)
        write_json(_memory(), entry)
    except OSError as error:  # a read-only home: found again next time
        warnings.warn(f"symgen cannot remember the compiler's options: {error}", stacklevel=2)


def _memory():
    return config.cache_dir() / "machine_flags.json"


def _key():
    """What the options depend on, or None where the processor cannot be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
        path = shutil.which(pytensor.config.cxx)
        stamp = os.stat(path).st_mtime_ns
    except (OSError, TypeError):
        return None
    same = sorted(line for line in lines if line.startswith(_OF_PROCESSOR))
    processor = hashlib.sha256("\n".join(same).encode()).hexdigest()
    given = pytensor.config.gcc__cxxflags
    return [pytensor.__version__, path, stamp, pytensor.config.gcc_version_str, given, processor]
